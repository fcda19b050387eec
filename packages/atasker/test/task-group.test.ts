import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { taskGroup, TaskStatus, type TaskType, type CanceledError } from 'atasker';
import './support/leaks.ts';
import { newGate, open } from './support/gate.ts';
import { runNode } from './support/program.ts';
import { one, within } from './support/within.ts';
import { add, boom, hold, untilStopped } from './tasks/basic.ts';

describe('a task group', () => {
  test('waits for all tasks, and then has ended', async () => {
    await within({}, async (supervisor) => {
      const run = add.with({ supervisor });
      const group = taskGroup();
      const tasks = Array.from({ length: 1_000 }, (_, n) => group.start(run, n, 1));
      assert.equal(group.size, 1_000);
      await group.wait();
      assert.equal(group.size, 0);
      assert.deepEqual(
        tasks.map(({ result }) => result),
        tasks.map((_, n) => n + 1),
      );
      const late = group.start(run, 1, 1);
      await assert.rejects(late, { code: 'ERR_TASK_CANCELED' });
      assert.equal(((late.error as CanceledError).cause as Error).message, 'the task group has ended');
      assert.equal(late.timeStarted, null);
      await group.wait();
    });
  });

  test('waits for tasks that are started while it is waited for', async () => {
    await within({}, async (supervisor) => {
      const group = taskGroup();
      const results: number[] = [];
      const startNext = (n: number): void =>
        void group.start(add.with({ supervisor }), n, 1).then((result) => {
          results.push(result);
          if (result < 5) startNext(result);
        });
      startNext(0);
      await group.wait();
      assert.deepEqual(results, [1, 2, 3, 4, 5]);
    });
  });

  for (const tt of ['thread', 'process', 'async'] as const satisfies readonly TaskType[]) {
    test(`is ended by the first failure: other tasks are cancelled, later ones never start (${tt})`, async () => {
      await within({ asyncPool: { poolSize: 2 }, cancelGrace: '1ms' }, async (supervisor) => {
        const group = taskGroup();
        const running = group.start(untilStopped.with({ supervisor, tt }));
        const failing = group.start(boom.with({ supervisor, tt }), 'first');
        await assert.rejects(group.wait(), { message: 'first' });
        assert.deepEqual([running.status, failing.status], [TaskStatus.canceled, TaskStatus.failed]);
        assert.equal((running.error as CanceledError).cause, failing.error);
        const late = group.start(add.with({ supervisor, tt }), 1, 1);
        await assert.rejects(late, { code: 'ERR_TASK_CANCELED' });
        assert.deepEqual([late.timeStarted, (late.error as CanceledError).cause], [null, failing.error]);
        await assert.rejects(group.wait(), { message: 'first' });
      });
    });
  }

  test('goes on when one of its tasks is cancelled', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const group = taskGroup();
      const gate = newGate();
      const first = group.start(hold.with({ supervisor }), gate, 'done');
      group.start(add.with({ supervisor }), 1, 2).cancel();
      open(gate);
      await group.wait();
      assert.equal(first.result, 'done');
    });
  });

  test('cancel() cancels its tasks, and does not count as a failure', async () => {
    await within({ threadPool: one, cancelGrace: '1ms' }, async (supervisor) => {
      const group = taskGroup();
      const tasks = Array.from({ length: 3 }, () => group.start(untilStopped.with({ supervisor })));
      group.cancel('enough');
      await group.wait();
      for (const { error } of tasks) assert.equal((error as CanceledError).cause, 'enough');
    });
  });

  test('ends at its time limit and at its signal, which it no longer watches then', async () => {
    await within({ asyncPool: { poolSize: 5 }, cancelGrace: '1ms' }, async (supervisor) => {
      const run = untilStopped.with({ supervisor, tt: 'async' });
      const late = taskGroup({ timeout: '5ms' });
      late.start(run);
      await assert.rejects(late.wait(), { code: 'ERR_WAIT_TIMEOUT' });

      const controller = new AbortController();
      const aborted = taskGroup({ signal: controller.signal });
      const task = aborted.start(run);
      controller.abort(new Error('enough'));
      await assert.rejects(aborted.wait(), { message: 'enough' });
      assert.equal(task.status, TaskStatus.canceled);

      const tooLate = taskGroup({ signal: controller.signal });
      assert.equal(tooLate.start(run).status, TaskStatus.canceled);
      await assert.rejects(tooLate.wait(), { message: 'enough' });

      const next = new AbortController();
      const done = taskGroup({ signal: next.signal, timeout: '1h' });
      await done.wait();
      next.abort(new Error('after the end'));
      await done.wait();
    });
  });

  test('is left only when its tasks have ended: await using', async () => {
    await within({}, async (supervisor) => {
      const group = taskGroup();
      const task = group.start(add.with({ supervisor }), 1, 2);
      await group[Symbol.asyncDispose]();
      assert.equal(task.result, 3);
    });
  });

  test('takes task functions and options that it knows', () => {
    assert.throws(() => taskGroup().start((() => 1) as never), {
      code: 'ERR_INVALID_OPTION',
      message: /task function/,
    });
    assert.throws(() => taskGroup({ timeOut: 5 } as never), { message: /did you mean timeout/ });
  });

  test('whose failure nobody waits for is reported once, and not if somebody waits for it', async () => {
    const { stderr, code } = await runNode(['exits/task-groups.mjs']);
    assert.match(
      stderr,
      /^UnobservedTaskError: a task group failed and nobody waited for it: call wait\(\)\nError: forgotten\n/,
    );
    assert.equal(stderr.match(/UnobservedTaskError/g)?.length, 1);
    assert.equal(code, 0);
  });
});
