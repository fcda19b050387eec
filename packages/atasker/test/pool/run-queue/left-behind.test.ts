import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { TaskSupervisor } from 'atasker';
import '../../support/leaks.ts';
import { one, within } from '../../support/within.ts';
import { counted, leaveError, leaveLoop, shareCounts } from './counted.ts';

const TASKS = 2_000;

/** A task that no thread takes would wait for ever. */
const limit = { timeout: 60_000 };

const title =
  'if code left behind by a task brings a thread down, the thread first finishes the task that it has taken since';

test(title, limit, async () => {
  const runs = shareCounts(TASKS);
  await within({ threadPool: { poolSize: 2 } }, async (supervisor) => {
    const isLate = new Promise((resolve) => supervisor.on('lateError', resolve));
    const ids = Array.from({ length: TASKS }, (_, id) => id);
    const run = counted.with({ supervisor });
    const leave = leaveError.with({ supervisor });
    const tasks = ids.map((id) => (id % 50 === 0 ? leave(id) : run(id)));
    assert.deepEqual(await Promise.all(tasks), ids);
    for (const id of ids) assert.equal(runs[id], 1);
    await isLate; // the errors may come after all results
  });
});

/** Some thread is in an endless loop that a task has left behind. */
async function blockThread(supervisor: TaskSupervisor, counts: Int32Array, id: number): Promise<void> {
  await leaveLoop.with({ supervisor })(id);
  while (Atomics.load(counts, id) === 0) await setImmediate();
}

test(
  'a thread that is blocked by code left behind by a task is replaced, even in a pool of one thread',
  limit,
  async () => {
    const counts = shareCounts(2);
    const threadPool = { ...one, maxSize: 1, startTimeout: '1500ms' } as const;
    await within({ threadPool }, async (supervisor) => {
      await blockThread(supervisor, counts, 0);
      assert.equal(await counted.with({ supervisor })(1), 1);
    });
  },
);

test(
  'threads that are blocked by code left behind by tasks delay no task while another thread is idle',
  limit,
  async () => {
    const rounds = 20;
    const blocked = 3;
    const counts = shareCounts(blocked + 3 * rounds);
    const size = { poolSize: 4, reserveNormal: 0, reserveHigh: 0, minSize: 4, maxSize: 4 };
    await within({ threadPool: { ...size, startTimeout: '1h' } }, async (supervisor) => {
      const run = counted.with({ supervisor });
      for (let round = 0; round < rounds; round += 1) {
        if (round < blocked) await blockThread(supervisor, counts, round);
        await Promise.all([0, 1, 2].map((n) => run(blocked + 3 * round + n)));
      }
      assert.deepEqual(
        [...counts],
        Array.from(counts, () => 1),
      );
    });
  },
);
