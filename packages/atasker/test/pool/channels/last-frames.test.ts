import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Alarms } from '../../../src/common/clock.ts';
import type { MemberKind } from '../../../src/pool/channels/channel.ts';
import { processPoolSettings } from '../../../src/pool/options.ts';
import { MemberPool } from '../../../src/pool/pool.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { demand, ignoredEvents, poolContext } from '../../support/executors.ts';
import '../../support/leaks.ts';

const nothing = (): void => {};

/** A member that ends at once; its frames have arrived, but no handler has been called yet. */
const brief = (lastWords: string): MemberKind => ({
  name: 'thread',
  prefetches: false,
  open(_start, events) {
    let arrived: string | null = lastWords;
    queueMicrotask(() => events.exited({ code: 0, signal: null, stderr: null, reason: '' }));
    return {
      id: 1,
      post: nothing,
      postUrgent: nothing,
      revoke: () => true,
      readArrived() {
        const text = arrived;
        arrived = null;
        if (text !== null) events.frame({ type: 'broken', text });
      },
      terminate: nothing,
      close: nothing,
    };
  },
});

test('the reason that a member sends just before it ends is the reason that is reported', async () => {
  const clock = new ManualClock();
  const alarms = new Alarms(clock);
  const reported: Error[] = [];
  const events = { ...ignoredEvents, broken: (error: Error) => void reported.push(error) };
  const settings = processPoolSettings({ poolSize: 1 });
  const pool = new MemberPool(brief('the library is not here'), events, { ...poolContext, clock, alarms }, settings);
  pool.open();
  for (let attempt = 0; attempt < 20 && reported.length === 0; attempt += 1) {
    pool.prepare(demand(1));
    await turn(); // the member ends
    clock.advance(5000); // longer than any pause between two starts
  }
  assert.match(reported[0]?.message ?? 'nothing is reported', /the library is not here/);
  await pool.close();
  alarms.close();
});
