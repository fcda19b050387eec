import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, test } from 'node:test';
import { ManualClock } from 'atasker/testing';
import { setTaskSupervisor, taskSupervisor, TaskSupervisor, type Task } from 'atasker';
import './support/leaks.ts';
import { collect, turn, whenStarted } from './support/events.ts';
import { newGate, open } from './support/gate.ts';
import { one, within } from './support/within.ts';
import { holdHere } from './tasks/async.ts';
import { add, boom, echo, exitAt, hold, never, spinForEver, spinPolitely } from './tasks/basic.ts';
import { detachedChildInGrace } from './tasks/faults.ts';

describe('stop:', () => {
  test('lets queued and running tasks finish, cancels those that are not due, and reports', async () => {
    const supervisor = new TaskSupervisor({ threadPool: one });
    const gate = newGate();
    const running = hold.with({ supervisor })(gate, 'ran');
    await whenStarted(supervisor, 1);
    const queued = add.with({ supervisor })(1, 2);
    const failing = boom.with({ supervisor })('no');
    const delayed = add.with({ supervisor, delay: '1h' })(1, 2);
    const ends = Promise.allSettled([running, queued, failing, delayed]);
    const stopping = supervisor.stop();
    assert.equal(supervisor.stop(), stopping);
    await assert.rejects(add.with({ supervisor })(1, 2), { code: 'ERR_SUPERVISOR_STOPPED' });
    assert.throws(() => supervisor.start(), { code: 'ERR_SUPERVISOR_STOPPED' });
    open(gate);
    assert.deepEqual(await stopping, { completed: 2, failed: 2, canceled: 1, lost: 0, unfinished: [] });
    const [first, second, third, fourth] = await ends;
    assert.deepEqual([first, second], [fulfilled('ran'), fulfilled(3)]);
    assert.equal(third.status, 'rejected');
    assert.equal(((fourth as PromiseRejectedResult).reason as Error & { code: string }).code, 'ERR_TASK_CANCELED');
    assert.equal(supervisor.getInfo().pools.thread?.alive, 0);
  });

  test('with cancelTasks all tasks are cancelled, and a second call of stop can still request that', async () => {
    for (const cancelAtOnce of [true, false]) {
      const supervisor = new TaskSupervisor({ threadPool: one, cancelGrace: 0 });
      const started = whenStarted(supervisor, 1);
      const tasks = [never.with({ supervisor })(), add.with({ supervisor })(1, 2)];
      const ends = Promise.allSettled(tasks);
      await started;
      const stopping = supervisor.stop({ cancelTasks: cancelAtOnce });
      if (!cancelAtOnce) assert.equal(supervisor.stop({ cancelTasks: true }), stopping);
      assert.deepEqual(await stopping, { completed: 0, failed: 0, canceled: 2, lost: 0, unfinished: [] });
      assert.ok((await ends).every(({ status }) => status === 'rejected'));
    }
  });

  for (const tt of ['thread', 'process', 'async'] as const) {
    test(`with cancelTasks the tasks that a cancelled task still calls are cancelled too, even detached ones (${tt})`, async () => {
      const supervisor = new TaskSupervisor({ cancelGrace: '1h' });
      const started = whenStarted(supervisor, 1);
      detachedChildInGrace.with({ supervisor, tt })();
      await started;
      const report = await supervisor.stop({ cancelTasks: true });
      assert.deepEqual(report, { completed: 0, failed: 0, canceled: 2, lost: 0, unfinished: [] });
    });
  }

  test('with a duration it cancels the remaining tasks when that has passed, and names an async task that ignores the cancellation', async () => {
    const supervisor = new TaskSupervisor({ cancelGrace: 5 });
    const gate = newGate();
    const started = whenStarted(supervisor, 2);
    const rude = holdHere.with({ supervisor })(gate);
    const blocked = spinForEver.with({ supervisor })(newGate());
    const ends = Promise.allSettled([rude, blocked]);
    await started;
    const report = await supervisor.stop({ wait: 20 });
    assert.deepEqual(report, {
      completed: 0,
      failed: 0,
      canceled: 2,
      lost: 0,
      unfinished: [{ id: rude.id, name: 'holdHere', status: -1 }],
    });
    await ends;
    open(gate);
  });

  test('leaves no timer behind, also if its time passes when all services have ended', async () => {
    const clock = new ManualClock();
    const supervisor = new TaskSupervisor({ clock, cancelGrace: '1h', threadPool: one });
    const started = whenStarted(supervisor, 1);
    const polite = spinPolitely.with({ supervisor })();
    const end = assert.rejects(polite, { code: 'ERR_TASK_CANCELED' });
    await started;
    const stopping = supervisor.stop({ wait: '1m' });
    await turn();
    clock.advance('1m');
    assert.equal((await stopping).canceled, 1);
    assert.equal(clock.pending, 0);
    await end;
  });

  test('may be called before the start, and start restarts a stopped supervisor', async () => {
    const supervisor = new TaskSupervisor();
    assert.deepEqual(await supervisor.stop(), { completed: 0, failed: 0, canceled: 0, lost: 0, unfinished: [] });
    await assert.rejects(add.with({ supervisor })(1, 2), { code: 'ERR_SUPERVISOR_STOPPED' });
    for (let round = 0; round < 3; round += 1) {
      supervisor.start();
      assert.equal(await add.with({ supervisor })(1, 2), 3);
      assert.equal((await supervisor.stop()).completed, 0);
    }
    assert.equal(supervisor.getInfo().active, false);
  });

  test('counts a task as lost if its thread ended while it ran', async () => {
    const supervisor = new TaskSupervisor({ threadPool: one });
    const started = whenStarted(supervisor, 1);
    const gate = newGate();
    const task = exitAt.with({ supervisor })(gate, 3);
    const end = assert.rejects(task, { code: 'ERR_TASK_LOST' });
    await started;
    const stopping = supervisor.stop();
    open(gate);
    const report = await stopping;
    assert.deepEqual([report.lost, report.failed], [1, 0]);
    await end;
  });

  test('await using stops the supervisor, and then block resolves', async () => {
    let outer: TaskSupervisor;
    let blocked: Promise<void>;
    {
      await using supervisor = new TaskSupervisor();
      blocked = supervisor.block();
      assert.equal(supervisor.getInfo().active, true);
      assert.equal(await add.with({ supervisor })(1, 2), 3);
      outer = supervisor;
    }
    await blocked;
    assert.equal(outer.getInfo().active, false);
  });

  test('afterwards block resolves at once, and the supervisor stays stopped', async () => {
    const supervisor = new TaskSupervisor();
    supervisor.start();
    await supervisor.stop();
    await supervisor.block();
    assert.equal(supervisor.getInfo().active, false);
  });

  test('is reported by an event', async () => {
    const supervisor = new TaskSupervisor();
    const stopped = collect(supervisor, 'stopped', 1);
    const report = await supervisor.stop();
    assert.deepEqual(await stopped, [report]);
  });
});

const fulfilled = (value: unknown): PromiseFulfilledResult<unknown> => ({ status: 'fulfilled', value });

describe('what a supervisor shows:', () => {
  test('getTask finds tasks that have not ended, and getInfo gives all facts in one frozen record', async () => {
    await within({ id: 'mine', threadPool: one }, async (supervisor) => {
      const gate = newGate();
      const running = hold.with({ supervisor })(gate);
      await whenStarted(supervisor, 1);
      const waiting = (['low', 'high', 'high'] as const).map((priority) => add.with({ supervisor, priority })(1, 2));
      assert.equal(supervisor.getTask(running.id), running);
      assert.equal(supervisor.getTask('mine-99'), undefined);
      assert.equal(supervisor.getTask('no such'), undefined);
      const info = supervisor.getInfo();
      assert.ok(Object.isFrozen(info) && Object.isFrozen(info.pools.thread));
      assert.deepEqual([info.id, info.active], ['mine', true]);
      const { queued, running: count, delayed, alive, poolSize, oldestWait } = info.pools.thread!;
      assert.deepEqual(
        { queued, count, delayed, alive, poolSize },
        {
          queued: { low: 1, normal: 0, high: 2, critical: 0 },
          count: 1,
          delayed: 0,
          alive: 1,
          poolSize: 1,
        },
      );
      assert.equal(oldestWait.normal, 0);
      assert.deepEqual(
        info.tasks?.map(({ id }) => id),
        [running, ...waiting].map(({ id }) => id),
      );
      assert.equal(supervisor.getInfo({ tasks: false }).tasks, undefined);
      assert.deepEqual(Object.keys(supervisor.getInfo({ tt: 'async' }).pools), []);
      open(gate);
      await Promise.all([running, ...waiting]);
      assert.deepEqual(supervisor.getInfo().totals, { completed: 4, failed: 0, canceled: 0, lost: 0 });
      assert.equal(supervisor.getTask(running.id), undefined);
    });
  });

  test('a task prints as its info, and as JSON', async () => {
    const task = add(1, 2);
    await task;
    const shown = inspect(task);
    assert.match(shown, /^Task \{\n {2}id: '.*',\n {2}name: 'add',/);
    const record = JSON.parse(JSON.stringify({ task })) as { task: Record<string, unknown> };
    assert.deepEqual(
      { ...record.task, timeQueued: 0, timeStarted: 0, timeCompleted: 0 },
      {
        id: task.id,
        name: 'add',
        tt: 'thread',
        priority: 'normal',
        status: 200,
        timeQueued: 0,
        timeStarted: 0,
        timeCompleted: 0,
        result: 3,
      },
    );
    assert.equal(Object.prototype.toString.call(task), '[object Task]');
  });

  test('listeners and callbacks that throw or reject are reported and harm nobody', async () => {
    await within({}, async (supervisor) => {
      const errors = collect(supervisor, 'error', 3);
      supervisor.once('taskCompleted', () => {
        throw new Error('listener');
      });
      supervisor.once('taskCompleted', () => Promise.reject(new Error('async listener')));
      const callback = (): void => {
        throw new Error('callback');
      };
      assert.equal(await add.with({ supervisor, callback })(1, 2), 3);
      assert.equal(await add.with({ supervisor })(1, 2), 3);
      const messages = (await errors).map(({ error, source }) => `${source}: ${(error as Error).message}`);
      assert.deepEqual(messages.toSorted(), [
        'callback of add: callback',
        'taskCompleted: async listener',
        'taskCompleted: listener',
      ]);
    });
  });

  test('a listener of once is called once, and off removes a listener', async () => {
    await within({}, async (supervisor) => {
      const seen: string[] = [];
      const listener = ({ task }: { task: Task }): number => seen.push(task.name);
      supervisor.once('taskQueued', listener).on('taskStarted', listener);
      await add.with({ supervisor, name: 'a' })(1, 2);
      supervisor.off('taskStarted', listener);
      await add.with({ supervisor, name: 'b' })(1, 2);
      assert.deepEqual(seen, ['a', 'a']);
    });
  });

  test('setTaskSupervisor makes another one the default, read at each call', async () => {
    await within({ id: 'other' }, async (supervisor) => {
      setTaskSupervisor(supervisor);
      const there = add(1, 2);
      setTaskSupervisor(taskSupervisor);
      const here = add(1, 2);
      assert.match(there.id, /^other-/);
      assert.doesNotMatch(here.id, /^other-/);
      await Promise.all([there, here]);
    });
  });

  test('main runs its body in the thread of the program, and gives its result', async () => {
    assert.equal(await taskSupervisor.main(async () => 5), 5);
    await assert.rejects(
      taskSupervisor.main(() => Promise.reject(new Error('no'))),
      { message: 'no' },
    );
  });
});

describe('a failure that nobody looks at', () => {
  test('keeps a listener for the end of the program only until code looks at it', async () => {
    const supervisor = new TaskSupervisor({ threadPool: one });
    const before = process.listenerCount('exit');
    const failed = [() => {}, Symbol('no')].map((each) => echo.with({ supervisor })(each));
    assert.equal(process.listenerCount('exit'), before + 1);
    for (const task of failed) await assert.rejects(task, { code: 'ERR_TASK_CLONE' });
    assert.equal(process.listenerCount('exit'), before);
    await supervisor.stop();
  });

  test('becomes one process warning after 5 seconds; a failure that was looked at does not', async (context) => {
    const seen = new Promise<Error>((resolve) => process.once('warning', resolve));
    const alive = setInterval(() => {}, 1_000_000);
    context.after(() => clearInterval(alive));
    await within({}, async (supervisor) => {
      const ends = collect(supervisor, 'stopped', 1);
      const looked = boom.with({ supervisor })('seen');
      const read = boom.with({ supervisor })('read');
      await assert.rejects(looked);
      while (!read.isCompleted()) await new Promise(setImmediate);
      assert.equal((read.error as Error).message, 'read');
      const canceled = add.with({ supervisor, delay: 10_000 })(1, 2);
      canceled.cancel();
      boom.with({ supervisor, name: 'forgotten' })('nobody looks');
      const warning = await seen;
      assert.equal(warning.name, 'UnobservedTaskError');
      assert.match(warning.message, /task forgotten \(.*\) failed and nobody looked at it/);
      assert.match((warning as Error & { detail: string }).detail, /nobody looks/);
      await supervisor.stop();
      await ends;
    });
  });
});
