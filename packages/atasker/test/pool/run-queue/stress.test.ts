import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { test } from 'node:test';
import { CanceledError, type Task } from 'atasker';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { counted, shareCounts } from './counted.ts';

const TASKS = 20_000;

/** So few are out at a time, so that their entries are used again and again. */
const OUT = 8;

const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;

/** Keeps a processor busy, so that threads are interrupted anywhere. */
function busyLoop(): ChildProcess {
  return spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
}

test('beside two busy loops, each of 20,000 tasks runs once, or is cancelled and never runs', async (t) => {
  const loops = [busyLoop(), busyLoop()];
  t.after(() => loops.forEach((loop) => loop.kill('SIGKILL')));
  const runs = shareCounts(TASKS);
  await within({ threadPool: { poolSize: 2 } }, async (supervisor) => {
    const tasks = PRIORITIES.map((priority) => counted.with({ supervisor, priority }));
    let next = 0;
    let canceled = 0;
    const submitSome = async (): Promise<void> => {
      while (next < TASKS) {
        const id = next++;
        const task: Task<number> = tasks[(id * 7) % tasks.length]!(id);
        const isBack = id % 5 === 0 && !task.isStarted() && task.cancel();
        const ended = await task.catch((error: unknown) => error);
        if (ended instanceof CanceledError) canceled += 1;
        if (!isBack) assert.equal(ended, id);
        assert.equal(runs[id], task.timeStarted === null ? 0 : 1, `task ${id}`);
      }
    };
    await Promise.all(Array.from({ length: OUT }, submitSome));
    const ran = runs.reduce((sum, count) => sum + count, 0);
    assert.ok(ran + canceled >= TASKS);
    assert.ok(canceled > 0 && ran > TASKS / 2);
  });
});
