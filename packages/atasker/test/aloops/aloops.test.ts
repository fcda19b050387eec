import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { threadId } from 'node:worker_threads';
import { backgroundTask, TaskStatus, taskSupervisor, type Task } from 'atasker';
import '../support/leaks.ts';
import { turn, whenStarted } from '../support/events.ts';
import { newGate, open } from '../support/gate.ts';
import { onLoop } from '../support/aloop.ts';
import { failsWith } from '../support/fails-with.ts';
import { within } from '../support/within.ts';
import { holdHere } from '../tasks/async.ts';
import { callOthers, meet, onModuleLoop, stopFromInside, threadOf } from '../tasks/aloops.ts';
import { add, boom, echo, isInPoolThread } from '../tasks/basic.ts';

describe('an aloop', () => {
  test('runs many tasks side by side in one thread, each of which keeps its currentTask and finds one g', () =>
    onLoop(async (on) => {
      const gate = newGate();
      const started = whenStarted(on.supervisor, 100);
      const tasks = Array.from({ length: 100 }, () => meet.with(on)(gate));
      await started;
      const { alive, running } = on.supervisor.getInfo().aloops[0]!.pool;
      assert.deepEqual([alive, running], [1, 100]);
      open(gate);
      const ends = await Promise.all(tasks);
      assert.equal(new Set(ends.map((end) => end.threadId)).size, 1);
      assert.notEqual(ends[0]!.threadId, threadId);
      assert.ok(ends.every(({ isSame }) => isSame));
      assert.deepEqual(
        ends.map(({ met }) => met).toSorted((a, b) => a - b),
        Array.from({ length: 100 }, (_, n) => n + 1),
      );
    }));

  test('run gives the result, or the error; backgroundTask a task function', () =>
    onLoop(async (on, loop) => {
      assert.equal(await loop.run(add, 1, 2), 3);
      assert.equal(await loop.run(isInPoolThread.fn), true);
      await assert.rejects(loop.run(boom, 'no'), /no/);
      const addThere = loop.backgroundTask(add.fn, { priority: 'high', name: 'sum' });
      const task = addThere(2, 3);
      assert.deepEqual([task.name, task.tt, task.priority, await task], ['sum', 'async', 'high', 5]);
      const unknown = (): number => 1;
      assert.throws(() => loop.run(unknown), { code: 'ERR_INVALID_OPTION' });
      assert.equal(on.supervisor.getInfo().pools.async, undefined);
    }));

  test('copies arguments and results, as a thread does', () =>
    onLoop(async (_, loop) => {
      const value = { list: [1] };
      const result = loop.run(echo, value);
      value.list.push(2);
      assert.deepEqual(await result, [{ list: [1] }]);
      await assert.rejects(
        loop.run(echo, () => {}),
        { code: 'ERR_TASK_CLONE' },
      );
    }));

  test('takes a poolSize, also later', () =>
    within({}, async (supervisor) => {
      const loop = supervisor.createAloop('io', { pool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0 } });
      const gate = newGate();
      const started = whenStarted(supervisor, 1);
      const tasks = [0, 1].map(() => meet.with({ loop: 'io', supervisor })(gate));
      await started;
      assert.equal(tasks[1]!.status, TaskStatus.queued);
      const more = whenStarted(supervisor, 1);
      loop.setPool({ poolSize: 2 });
      assert.deepEqual(await more, [tasks[1]]);
      open(gate);
      await Promise.all(tasks);
      const sizes = [2, 4].map((poolSize) => {
        loop.setPool({ poolSize });
        return supervisor.concurrency('async', 'io');
      });
      assert.deepEqual([sizes[1]! - sizes[0]!, supervisor.concurrency('async') > 4], [2, true], 'what a map has out');
      assert.throws(() => loop.setPool({ poolSize: -1 }), { code: 'ERR_INVALID_OPTION' });
    }));

  test('children run where their options say: on the loop, in the pool, on the event loop of the supervisor', () =>
    onLoop(async (on) => {
      const { own, beside, inPool, main } = await callOthers.with(on)(on.loop);
      assert.equal(own, beside);
      assert.notEqual(own, inPool);
      assert.equal(main, threadId);
    }));

  test('of a module is made in the main thread only', async () => {
    taskSupervisor.startAloop('of a module');
    assert.deepEqual(await onModuleLoop(5), { n: 5, isPoolThread: true, name: 'onModuleLoop', loops: 0 });
    await taskSupervisor.stopAloop('of a module');
  });
});

describe('the names of aloops:', () => {
  test('a name that is taken, and the one of the supervisor itself', () =>
    within({}, async (supervisor) => {
      const loop = supervisor.createAloop('io');
      assert.throws(() => supervisor.createAloop('io'), { code: 'ERR_NAME_IN_USE' });
      assert.throws(() => supervisor.createAloop('__supervisor__'), { code: 'ERR_INVALID_OPTION' });
      assert.throws(() => supervisor.createAloop(''), { code: 'ERR_INVALID_OPTION' });
      const wrong = { demon: true } as object;
      assert.throws(() => supervisor.createAloop('other', wrong), /did you mean daemon/);
      await loop.stop();
      const again = supervisor.createAloop('io');
      assert.equal(supervisor.getAloop('io'), again);
      assert.throws(() => loop.start(), { code: 'ERR_NO_ALOOP' });
      assert.equal(await again.run(add, 1, 2), 3);
    }));

  test('a loop that does not exist fails the task; a task with a loop and another task type is refused', () =>
    within({}, async (supervisor) => {
      const error = await failsWith(add.with({ supervisor, loop: 'io' })(1, 2), 'ERR_NO_ALOOP');
      assert.match(error.message, /there is no aloop io/);
      assert.throws(() => supervisor.startAloop('io'), { code: 'ERR_NO_ALOOP' });
      assert.throws(() => supervisor.setDefaultAloop('io'), { code: 'ERR_NO_ALOOP' });
      assert.throws(() => add.with({ loop: 'io', tt: 'thread' }), { code: 'ERR_INVALID_OPTION' });
      assert.equal(add.with({ loop: 'io' }).with({ tt: 'thread', supervisor })(1, 2).tt, 'thread');
    }));

  test('the default one runs async tasks that name no loop, if a thread can find their functions', () =>
    within({}, async (supervisor) => {
      const ask = threadOf.with({ supervisor, tt: 'async' });
      const here = (): number => threadId;
      assert.equal(supervisor.getAloop(), undefined);
      const loop = supervisor.createAloop('io', { default: true });
      assert.equal(supervisor.getAloop(), loop);
      const there = await loop.run(threadOf);
      assert.deepEqual([loop.isDefault, await ask()], [true, there]);
      assert.equal(await ask.with({ loop: '__supervisor__' })(), threadId);
      assert.equal(await supervisor.putTask({ target: here, tt: 'async' }), threadId);
      assert.notEqual(await threadOf.with({ supervisor })(), there);
      supervisor.setDefaultAloop(null);
      assert.deepEqual([loop.isDefault, await ask()], [false, threadId]);
      supervisor.setDefaultAloop('io');
      assert.equal(await ask(), there);
    }));
});

describe('start and stop of aloops:', () => {
  test('without a start tasks wait for it', () =>
    within({}, async (supervisor) => {
      const loop = supervisor.createAloop('io', { start: false });
      const task = add.with({ loop: 'io', supervisor })(1, 2);
      await turn();
      assert.deepEqual([task.status, loop.isActive(), supervisor.getInfo().aloops[0]!.pool.alive], [0, false, 0]);
      supervisor.startAloop('io');
      assert.deepEqual([await task, loop.isActive()], [3, true]);
    }));

  test('a stop lets running and waiting tasks finish, cancels delayed tasks, and accepts only children', () =>
    onLoop(async (on, loop) => {
      const gate = newGate();
      const started = whenStarted(on.supervisor, 1);
      const running = meet.with(on)(gate);
      await started;
      const delayed = add.with({ ...on, delay: '1h' })(1, 2);
      const stopping = loop.stop();
      assert.equal(on.supervisor.stopAloop('io'), stopping);
      await failsWith(delayed, 'ERR_TASK_CANCELED');
      await failsWith(add.with(on)(1, 2), 'ERR_NO_ALOOP');
      assert.equal(running.isCompleted(), false);
      open(gate);
      await stopping;
      assert.equal(running.status, TaskStatus.completed);
      const [info] = on.supervisor.getInfo().aloops;
      assert.deepEqual([info!.state, info!.pool.alive], ['stopped', 0]);
      await loop.stop();
      loop.start();
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('a stop with cancelTasks, or after wait, cancels the rest; other tasks go on', () =>
    onLoop(async (on, loop) => {
      const gate = newGate();
      const other = holdHere.with({ supervisor: on.supervisor })(gate, 'unharmed');
      for (const options of [{ cancelTasks: true }, { wait: 1 }, { wait: false }]) {
        const started = whenStarted(on.supervisor, 1);
        const task = meet.with(on)(newGate());
        await started;
        const stopping = loop.stop(options);
        await failsWith(task, 'ERR_TASK_CANCELED');
        await stopping;
        loop.start();
      }
      open(gate);
      assert.equal(await other, 'unharmed');
    }));

  test('a stop before the start cancels the waiting tasks', () =>
    within({}, async (supervisor) => {
      const loop = supervisor.createAloop('io', { start: false });
      const task = add.with({ loop: 'io', supervisor })(1, 2);
      await Promise.all([failsWith(task, 'ERR_TASK_CANCELED'), loop.stop()]);
      assert.throws(() => loop.stop({ wait: -1 }), { code: 'ERR_INVALID_OPTION' });
    }));

  test('a stop of the supervisor ends them after their tasks, and its start starts them again', () =>
    onLoop(async (on, loop) => {
      on.supervisor.createAloop('never started', { start: false });
      const gate = newGate();
      const started = whenStarted(on.supervisor, 1);
      const task = meet.with(on)(gate);
      await started;
      const stopping = on.supervisor.stop();
      open(gate);
      const { completed, unfinished } = await stopping;
      assert.deepEqual([completed, unfinished, task.status], [1, [], TaskStatus.completed]);
      const states = on.supervisor.getInfo().aloops.map(({ name, state, pool }) => [name, state, pool.alive]);
      assert.deepEqual(states, [
        ['io', 'stopped', 0],
        ['never started', 'new', 0],
      ]);
      assert.throws(() => loop.start(), { code: 'ERR_SUPERVISOR_STOPPED' });
      on.supervisor.start();
      assert.equal(await loop.run(add, 1, 2), 3);
      assert.equal(on.supervisor.getAloop('never started')!.isActive(), false);
    }));

  test('a task in a thread cannot stop one', () =>
    onLoop(async (on, loop) => {
      assert.equal(await stopFromInside.with(on)('io'), 'ERR_NO_ALOOP');
      assert.equal(loop.isActive(), true);
    }));

  test('with await using it ends with its block', () =>
    within({}, async (supervisor) => {
      {
        await using loop = supervisor.createAloop('io');
        assert.equal(await loop.run(add, 1, 2), 3);
      }
      assert.equal(supervisor.getAloop('io')!.isActive(), false);
    }));

  test('a function that no thread can find is refused by name', () =>
    onLoop(async (on) => {
      const hidden = backgroundTask(() => 1, { ...on, name: 'hidden' });
      assert.throws((): Task => hidden(), { code: 'ERR_TASK_NOT_AT_MODULE_LEVEL' });
    }));
});
