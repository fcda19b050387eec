import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task } from 'atasker';
import '../../support/leaks.ts';
import { one, within } from '../../support/within.ts';
import { sized } from './counted.ts';

test('one thread: outcomes are reported in the order of the tasks, whether they are sent or left in memory', async () => {
  await within({ threadPool: { ...one, maxSize: 1 } }, async (supervisor) => {
    const ended: Task[] = [];
    for (const name of ['taskCompleted', 'taskFailed'] as const) supervisor.on(name, ({ task }) => ended.push(task));
    const run = sized.with({ supervisor });
    const tasks = Array.from({ length: 3_000 }, (_, n) => run(n, ['error', 'big'][n % 7] ?? ''));
    await Promise.allSettled(tasks);
    assert.ok(ended.every((task, n) => task === tasks[n]));
    assert.equal(ended.length, tasks.length);
  });
});
