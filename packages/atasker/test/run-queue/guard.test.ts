import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { mock, test } from 'node:test';
import { MessagePort } from 'node:worker_threads';
import '../support/leaks.ts';
import { whenAll } from '../support/when-all.ts';
import { within } from '../support/within.ts';
import { counted, shareCounts } from './counted.ts';

const TASKS = 10_000;

/** Counts per task, which no noise of the machine changes: the rate follows from them. */
test('10,000 tasks at once cost no message, no promise that nobody asked for, and a wake-up for every tenth at most', async () => {
  shareCounts(TASKS);
  await within({ threadPool: { poolSize: 2 } }, async (supervisor) => {
    const run = counted.with({ supervisor });
    await Promise.all([run(0), run(1), run(2), run(3)]); // the threads are there
    const post = mock.method(MessagePort.prototype, 'postMessage');
    const notify = mock.method(Atomics, 'notify');
    let promises = 0;
    const hook = createHook({ init: (_id, type) => void (promises += Number(type === 'PROMISE')) });
    try {
      const tasks = Array.from({ length: TASKS }, (_, id) => run(id));
      hook.enable();
      await whenAll(tasks);
    } finally {
      hook.disable();
      post.mock.restore();
      notify.mock.restore();
    }
    assert.ok(post.mock.callCount() < 10, `${post.mock.callCount()} messages`);
    assert.ok(notify.mock.callCount() < TASKS / 10, `${notify.mock.callCount()} wake-ups`);
    assert.ok(promises < 2.1 * TASKS, `${promises} promises`); // its own, and what then gives
  });
});
