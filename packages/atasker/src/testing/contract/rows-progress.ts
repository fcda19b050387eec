import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Task } from 'atasker';
import { failsWith, failure } from './ends.ts';
import { whenStarted } from './events.ts';
import { rows } from './row.ts';
import { blockUntil, tellAndThrow, tellAtOnce, tellEach, tellFromListener, tellUntilAborted } from './tasks-shared.ts';

/** What the listeners of a task hear. */
function heard(task: Task): unknown[] {
  const values: unknown[] = [];
  task.onProgress((value) => values.push(value));
  return values;
}

export const progressRows = rows('progress', [
  {
    name: 'a progress value is in task.progress, and reaches listeners and the event before the task ends',
    run: async ({ on, supervisor }) => {
      const events: unknown[] = [];
      supervisor.on('taskProgress', ({ task, progress }) => events.push([task, progress]));
      supervisor.on('taskCompleted', () => events.push('completed'));
      const task = tellEach.with(on)('begins', { done: [1, 2] });
      assert.equal(task.progress, undefined);
      const values = heard(task);
      const stop = task.onProgress(() => assert.fail('it does not listen any more'));
      stop();
      assert.equal(await task, 'told');
      assert.deepEqual([task.progress, values.at(-1)], [{ done: [1, 2] }, { done: [1, 2] }]);
      assert.deepEqual(events, [...values.map((value) => [task, value]), 'completed']);
    },
  },
  {
    name: 'a listener of the signal of a task runs as that task, and may report its progress',
    run: async ({ on }) => {
      const task = tellFromListener.with({ ...on, cancelGrace: '1h' })();
      const values = heard(task);
      task.onProgress((value) => value === 'begins' && task.cancel());
      await failsWith(task, 'ERR_TASK_CANCELED');
      assert.deepEqual(values, ['begins', { inListener: true, inTimer: true }]);
    },
  },
  {
    name: 'no value arrives twice or after a later one, and the last value always arrives',
    run: async ({ on }) => {
      const values = heard(tellEach.with(on)(...Array.from({ length: 100 }, (_, n) => n)));
      const task = tellEach.with(on)(1, 2, 3);
      await task;
      assert.equal(task.progress, 3);
      assert.equal(values.at(-1), 99);
      assert.deepEqual(
        values,
        [...new Set(values as number[])].toSorted((one, other) => one - other),
      );
    },
  },
  {
    name: 'values that the caller is too busy to read are dropped, except the last one',
    needs: ['copies'],
    run: async ({ on, supervisor, subject }) => {
      // One is read before the caller is busy, and one is on its way. The program between may have another two:
      // it reads on until the task has ended, which is later than the sign.
      const most = subject.traits.includes('near') ? 3 : 5;
      const sign = join(tmpdir(), `atasker-contract-${process.pid}-${performance.now()}`);
      const started = whenStarted(supervisor, 1);
      const task = tellAtOnce.with(on)(1_000, sign);
      const values = heard(task);
      await started;
      blockUntil(sign);
      await task;
      rmSync(sign);
      assert.equal(task.progress, 1_000);
      assert.equal(values.at(-1), 1_000);
      assert.ok(values.length <= most, `${values.length} values came`);
    },
  },
  {
    name: 'the last value stays when the task fails or is cancelled',
    run: async ({ on }) => {
      const failing = tellAndThrow.with(on)('before it fails');
      assert.equal((await failure(failing)).message, 'told');
      assert.equal(failing.progress, 'before it fails');
      const canceled = tellUntilAborted.with(on)('before it is cancelled');
      await new Promise((resolve) => void canceled.onProgress(resolve));
      canceled.cancel();
      await failsWith(canceled, 'ERR_TASK_CANCELED');
      assert.equal(canceled.progress, 'before it is cancelled');
    },
  },
]);
