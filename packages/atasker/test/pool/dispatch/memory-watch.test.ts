import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alarms, systemClock } from '../../../src/common/clock.ts';
import { MemoryWatch } from '../../../src/pool/dispatch/taken/memory-watch.ts';
import { CURRENT, describe, newRunQueue, nextRun, NOBODY, writeText } from '../../../src/pool/run-queue/memory.ts';
import { openSeat, publish, setLimits } from '../../../src/pool/run-queue/publisher.ts';
import { oddities } from '../../../src/pool/run-queue/soundness.ts';
import { begin, end, newTaker, take, tellEnd } from '../../../src/pool/run-queue/taker.ts';
import '../../support/leaks.ts';

/** After how many looks the watch reports damage; null if it reports none in 100 looks. */
function looksUntilDamage(oddityAt: (look: number) => readonly [number, number] | null): number | null {
  let look = 0;
  let damagedAt: number | null = null;
  const memory = {
    isInUse: true,
    isDamaged: false,
    catchUp: () => {},
    oddities() {
      const oddity = oddityAt(look);
      return new Map(oddity === null ? [] : [oddity]);
    },
  };
  const watch = new MemoryWatch(systemClock, new Alarms(systemClock), memory, () => (damagedAt ??= look));
  for (look = 1; look <= 100; look += 1) watch.look();
  return damagedAt;
}

test('a state that is normal only for a moment is damage if ten looks in a row see it', () => {
  assert.equal(
    looksUntilDamage(() => [7, 1]),
    10,
  );
});

test('a state that changes, or is gone from time to time, is no damage', () => {
  assert.equal(
    looksUntilDamage((look) => [7, look]),
    null,
  );
  assert.equal(
    looksUntilDamage((look) => (look % 10 === 0 ? null : [7, 1])),
    null,
  );
});

test('a task that runs, however long, is as it should be; one that no thread runs, or whose end nobody tells, is not', () => {
  const queue = newRunQueue();
  const run = nextRun(0);
  describe(queue, run, { definition: 0, flags: 0, sequence: 1 });
  setLimits(queue, () => 1);
  openSeat(queue, 1);
  publish(queue, 0, 0, run);
  const taker = newTaker(1);
  const odd = (): number[] => [...oddities(queue, { runs: [run], isSeated: () => true }, 1, 0).keys()];
  assert.deepEqual(odd(), []);
  assert.equal(take(queue, taker), run);
  begin(queue, taker, 1);
  assert.deepEqual(odd(), []);
  queue.cells[CURRENT + 1] = NOBODY;
  assert.ok(odd().includes(run));
  queue.cells[CURRENT + 1] = run;
  writeText(queue, run, '1');
  end(queue, taker);
  assert.ok(odd().includes(run));
  tellEnd(queue, run);
});
