/** The page that the project was made from, row by row (its table: docs/from-atasker.md). */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import {
  backgroundTask,
  CanceledError,
  coMpApply,
  isTaskError,
  TASK_CRITICAL,
  TASK_HIGH,
  TASK_LOW,
  TASK_NORMAL,
  taskSupervisor,
  TaskStatus,
  TimeoutError,
  TT_COROUTINE,
  TT_MP,
  TT_THREAD,
  waitCompleted,
  type Task,
} from 'atasker';
import './support/leaks.ts';
import { collect, whenStarted } from './support/events.ts';
import { newGate, open } from './support/gate.ts';
import { add, boom, currentIds, echo, hold, isInPoolThread, whereAmI } from './tasks/basic.ts';
import { Decorated } from './tasks/decorated.ts';

describe('the seed page, name by name:', () => {
  test('a task function runs in a thread by default, also an async one', async () => {
    assert.equal(await isInPoolThread(), true);
    assert.equal((await currentIds()).name, 'currentIds');
    const task = add(1, 2);
    assert.equal(task.tt, 'thread');
    await task;
  });

  test('a call gives the task, and the supervisor learns of its end by itself', async () => {
    const task = add(1, 2);
    assert.equal(taskSupervisor.getTask(task.id), task);
    assert.equal(await task, 3);
    assert.equal(taskSupervisor.getTask(task.id), undefined);
  });

  test('as a decorator of a static method, where this is the class', async () => {
    assert.equal(await Decorated.twice(21), 'Decorated 42');
    assert.equal(await Decorated.urgent(), 'high in a pool thread');
    const task = Decorated.twice(1) as unknown as Task;
    assert.equal(task.name, 'twice');
    await task;
  });

  test('arguments are passed as they are', async () => {
    const args = [
      1,
      'two',
      null,
      undefined,
      [3],
      { x: 2 },
      new Date(4),
      new Map([[5, new Set([6])]]),
      7n,
      -0,
      Number.NaN,
    ];
    assert.deepEqual(await echo(...args), args);
  });

  test('a function without annotation, with name and priority', async () => {
    const task = backgroundTask(add.fn, { name: 'mytask', priority: TASK_LOW })(1, 2);
    assert.equal(task.name, 'mytask');
    assert.equal(task.priority, 'low');
    assert.equal(await task, 3);
  });

  for (const tt of ['thread', 'process', 'async'] as const) {
    test(`callback gets result and task in the context of the caller (${tt})`, async () => {
      const store = new AsyncLocalStorage<string>();
      const seen = await new Promise<unknown[]>((resolve) => {
        const callback = (result: number, task: Task<number>): void => resolve([result, task.status, store.getStore()]);
        store.run('mine', () => void add.with({ tt, callback })(1, 2));
      });
      assert.deepEqual(seen, [3, 200, 'mine']);
    });

    test(`callback is not called when the task fails (${tt})`, async () => {
      let calls = 0;
      await assert.rejects(boom.with({ tt, callback: () => (calls += 1) })('no'), { message: 'no' });
      assert.equal(calls, 0);
    });

    test(`currentTask() knows the id, also after an await (${tt})`, async () => {
      const task = currentIds.with({ tt, priority: 'high' })();
      const expected = { before: task.id, after: task.id, name: 'currentIds', priority: 'high', attempt: 1 };
      assert.deepEqual(await task, expected);
    });
  }

  test('a task of another process, with arguments as they are', async () => {
    const task = backgroundTask(whereAmI.fn, { priority: TASK_HIGH, tt: TT_MP })(1, 2, 3, { x: 2 });
    assert.deepEqual([task.tt, task.priority], ['process', 'high']);
    const { pid, args, isPoolThread } = await task;
    assert.notEqual(pid, process.pid);
    assert.deepEqual([args, isPoolThread], [[1, 2, 3, { x: 2 }], true]);
  });

  test('coMpApply runs a task function, or its plain function, in another process', async () => {
    const one = await coMpApply(whereAmI, { args: [1, 2, 3], priority: TASK_HIGH });
    const other = await coMpApply(whereAmI.fn, { args: ['x'] });
    assert.deepEqual([one.args, other.args], [[1, 2, 3], ['x']]);
    assert.ok(one.pid !== process.pid && other.pid !== process.pid);
    await assert.rejects(coMpApply(whereAmI, { signal: AbortSignal.abort() }), { code: 'ERR_TASK_CANCELED' });
    await assert.rejects(coMpApply(whereAmI, { arguments: [1] } as never), {
      message: /coMpApply options has no option arguments/,
    });
  });

  test('the fields of a task, and of its info', async () => {
    const before = Date.now();
    const gate = newGate();
    const started = whenStarted(taskSupervisor, 1);
    const task = hold(gate, 'result');
    assert.equal(task.status, TaskStatus.queued);
    assert.deepEqual(
      [task.timeStarted, task.timeCompleted, task.result, task.error],
      [null, null, undefined, undefined],
    );
    await started;
    assert.equal(task.status, TaskStatus.started);
    assert.ok(task.isStarted() && !task.isCompleted());
    open(gate);
    await task;
    const info = task.info();
    assert.ok(Object.isFrozen(info));
    assert.equal(info.task, task);
    const { id, name, tt, priority, status, result, error } = info;
    assert.deepEqual(
      { name, tt, priority, status, result, error },
      {
        name: 'hold',
        tt: 'thread',
        priority: 'normal',
        status: 200,
        result: 'result',
        error: undefined,
      },
    );
    assert.equal(id, task.id);
    const times = [before, info.timeQueued, info.timeStarted!, info.timeCompleted!, Date.now()];
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.ok(times.every(Number.isInteger));
  });

  test('status is 0 queued, 2 delayed, 100 started, 200 completed, -1 canceled, -2 failed', async () => {
    assert.deepEqual(TaskStatus, { queued: 0, delayed: 2, started: 100, completed: 200, canceled: -1, failed: -2 });
    const delayed = add.with({ delay: '1h' })(1, 2);
    assert.equal(delayed.status, 2);
    assert.equal(delayed.cancel('enough'), true);
    assert.equal(delayed.status, -1);
    await assert.rejects(delayed, (error) => error instanceof CanceledError && error.cause === 'enough');
    const failed = boom('no');
    await assert.rejects(failed);
    assert.equal(failed.status, -2);
  });

  test('waitCompleted gives a tuple for a tuple, an array for an iterable, a result for a task', async () => {
    const [sum, place] = await waitCompleted([add(1, 2), isInPoolThread()]);
    const typed: [number, boolean] = [sum, place];
    assert.deepEqual(typed, [3, true]);
    assert.deepEqual(await waitCompleted(new Set([add(1, 1), add(2, 2)])), [2, 4]);
    assert.equal(await waitCompleted(add(3, 3)), 6);
    assert.deepEqual(await waitCompleted([]), []);
  });

  test('waitCompleted rejects with a TimeoutError, and the tasks go on', async () => {
    const gate = newGate();
    const task = hold(gate, 'late');
    await assert.rejects(waitCompleted([task], { timeout: 20 }), (error) => {
      assert.ok(error instanceof TimeoutError && isTaskError(error, 'ERR_WAIT_TIMEOUT'));
      assert.equal(error.name, 'TimeoutError');
      return true;
    });
    open(gate);
    assert.equal(await task, 'late');
  });

  test('waitCompleted ends at its signal, and the tasks go on', async () => {
    const gate = newGate();
    const task = hold(gate, 'late');
    const controller = new AbortController();
    const waiting = waitCompleted(task, { signal: controller.signal });
    controller.abort(new Error('no patience'));
    await assert.rejects(waiting, { message: 'no patience' });
    open(gate);
    assert.equal(await task, 'late');
  });

  test("waitCompleted rejects at the first failed task with that task's own error", async () => {
    const gate = newGate();
    const slow = hold(gate, 1);
    await assert.rejects(waitCompleted([slow, boom('first')]), { name: 'Error', message: 'first' });
    open(gate);
    await slow;
  });

  test('priorities and task types are constants of the strings', async () => {
    assert.deepEqual([TASK_LOW, TASK_NORMAL, TASK_HIGH, TASK_CRITICAL], ['low', 'normal', 'high', 'critical']);
    assert.deepEqual([TT_COROUTINE, TT_THREAD, TT_MP], ['async', 'thread', 'process']);
    const task = add(1, 1);
    assert.equal(task.priority, TASK_NORMAL);
    await task;
    assert.equal(await isInPoolThread.with({ tt: TT_COROUTINE, priority: TASK_CRITICAL })(), false);
  });

  test('events tell of queueing, start and end', async () => {
    const events = (['taskQueued', 'taskStarted', 'taskCompleted'] as const).map((name) =>
      collect(taskSupervisor, name, 1),
    );
    const task = add(1, 2);
    for (const [event] of await Promise.all(events)) assert.equal(event?.task, task);
  });
});
