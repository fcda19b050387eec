import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../support/leaks.ts';
import { one, within } from '../support/within.ts';
import { counted, leaveError, leaveLoop, shareCounts } from './counted.ts';

const TASKS = 2_000;

test('a thread that is ended for what a task has left in it ends after the task that it has by then taken', async () => {
  const runs = shareCounts(TASKS);
  await within({ threadPool: { poolSize: 2 } }, async (supervisor) => {
    let late = 0;
    supervisor.on('lateError', () => (late += 1));
    const ids = Array.from({ length: TASKS }, (_, id) => id);
    const run = counted.with({ supervisor });
    const leave = leaveError.with({ supervisor });
    const tasks = ids.map((id) => (id % 50 === 0 ? leave(id) : run(id)));
    assert.deepEqual(await Promise.all(tasks), ids);
    for (const id of ids) assert.equal(runs[id], 1);
    assert.ok(late > 0);
  });
});

test('a thread that is blocked by what a task has left in it is replaced, also if there may be no other', async () => {
  shareCounts(1);
  const threadPool = { ...one, maxSize: 1, startTimeout: '1500ms' } as const;
  await within({ threadPool }, async (supervisor) => {
    await leaveLoop.with({ supervisor })();
    assert.equal(await counted.with({ supervisor })(0), 0);
  });
});
