import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { currentTask, type Task } from 'atasker';
import './support/leaks.ts';
import { collect } from './support/events.ts';
import { newGate, open } from './support/gate.ts';
import { within } from './support/within.ts';
import { hold } from './tasks/basic.ts';
import { multiply, multiplyTask, putInThread } from './tasks/put.ts';

describe('putTask', () => {
  test('takes a task function with its options, or the function that was given to backgroundTask', async () => {
    await within({}, async (supervisor) => {
      const results: unknown[] = [];
      const callback = ({ product }: ReturnType<typeof multiply>, task: Task): unknown =>
        results.push([product, task.tt]);
      const tasks = [
        supervisor.putTask({ target: multiplyTask, args: [2, 3] }),
        supervisor.putTask({ target: multiplyTask, args: [2, 3], priority: 'high', tt: 'async', callback }),
        supervisor.putTask({ target: multiply, args: [2, 3], callback }),
        supervisor.putTask({ target: multiply, args: [2, 3], tt: 'process', delay: 1 }),
      ];
      assert.deepEqual(
        tasks.map(({ name, tt, priority, status }) => [name, tt, priority, status]),
        [
          ['multiply', 'thread', 'low', 0],
          ['multiply', 'async', 'high', 0],
          ['multiply', 'thread', 'normal', 0],
          ['multiply', 'process', 'normal', 2],
        ],
      );
      for (const task of tasks) assert.deepEqual(await task, { product: 6, id: task.id });
      assert.deepEqual(results, [
        [6, 'async'],
        [6, 'thread'],
      ]);
    });
  });

  test('runs any function as an async task, and for a thread refuses one that it could not find', async () => {
    await within({}, async (supervisor) => {
      const task = supervisor.putTask({
        target: (word: string) => `${word} ${currentTask().name}`,
        args: ['a'],
        tt: 'async',
      });
      assert.equal(await task, 'a target');
      const wrong = [
        { target: () => 1 },
        { target: 'multiply' },
        { target: multiply, args: 1 },
        { target: multiply, taskId: '' },
        { target: multiply, taskId: 1 },
        { target: multiply, kwargs: 1 },
        { target: multiply, tt: 'mp' },
      ];
      for (const options of wrong)
        assert.throws(() => supervisor.putTask(options as never), { code: 'ERR_INVALID_OPTION' });
      assert.equal(supervisor.getTasks().size, 0);
    });
  });

  test('gives the task the id of the option, unless a task that has not ended has it', async () => {
    await within({}, async (supervisor) => {
      const gate = newGate();
      const task = supervisor.putTask({ target: hold, args: [gate, 'done'], taskId: 'mine' });
      assert.equal(task.id, 'mine');
      assert.equal(supervisor.getTask('mine'), task);
      assert.throws(() => supervisor.putTask({ target: multiply, taskId: 'mine' } as never), {
        code: 'ERR_NAME_IN_USE',
      });
      const other = hold.with({ supervisor })(gate);
      assert.throws(() => supervisor.putTask({ target: multiply, taskId: other.id } as never), {
        code: 'ERR_NAME_IN_USE',
      });
      open(gate);
      assert.equal(await task, 'done');
      assert.equal(supervisor.getTask('mine'), undefined);
      const again = supervisor.putTask({ target: multiply, args: [1, 1], taskId: 'mine' });
      assert.deepEqual(await again, { product: 1, id: 'mine' });
      await other;
    });
  });

  test('the start of an id of the supervisor is an id like any other', async () => {
    await within({ id: 'own' }, async (supervisor) => {
      const gate = newGate();
      const tasks = ['own-', 'own', 'own-1.5'].map((taskId) =>
        supervisor.putTask({ target: hold, args: [gate], taskId, priority: 'critical' }),
      );
      for (const task of tasks) assert.equal(supervisor.getTask(task.id), task);
      open(gate);
      await Promise.all(tasks);
    });
  });

  test('in a thread makes a child; one with an id that is taken fails and harms nobody', async () => {
    await within({}, async (supervisor) => {
      const queued = collect(supervisor, 'taskQueued', 2);
      const { first, code, ids } = await putInThread.with({ supervisor })('of a thread');
      assert.deepEqual(first, { product: 6, id: 'of a thread' });
      assert.deepEqual([code, ids], ['ERR_NAME_IN_USE', ['of a thread', 'of a thread']]);
      assert.equal((await queued)[1]!.task.id, 'of a thread');
    });
  });
});

test('getTasks gives the tasks that have not ended, by id, all or of one type', async () => {
  await within({}, async (supervisor) => {
    const gate = newGate();
    const held = hold.with({ supervisor })(gate);
    const later = multiplyTask.with({ supervisor, tt: 'async', delay: '1h' })(1, 1);
    assert.deepEqual(
      [...supervisor.getTasks()],
      [
        [held.id, held],
        [later.id, later],
      ],
    );
    assert.deepEqual([...supervisor.getTasks('async').keys()], [later.id]);
    assert.deepEqual([...supervisor.getTasks('process').keys()], []);
    assert.throws(() => supervisor.getTasks('mp' as never), { code: 'ERR_INVALID_OPTION' });
    open(gate);
    await held;
    assert.deepEqual([...supervisor.getTasks().keys()], [later.id]);
  });
});
