import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TaskStatus, TaskSupervisor, type Task } from 'atasker';
import { ManualClock } from 'atasker/testing';
import type { RemoteEvents, RemoteTask } from 'atasker/remote';
import './support/leaks.ts';
import { collect, turn } from './support/events.ts';
import { one } from './support/within.ts';
import { add, echo, hold } from './tasks/basic.ts';
import { acceptedInside, refusedInside } from './tasks/nested.ts';
import { newGate, open } from './support/gate.ts';

/** What `accepted` of a task has come to, so far. */
async function stateOf(task: Task): Promise<'taken' | 'refused' | 'waits'> {
  let state: 'taken' | 'refused' | 'waits' = 'waits';
  task.accepted.then(
    () => (state = 'taken'),
    () => (state = 'refused'),
  );
  await turn();
  return state;
}

describe('accepted', () => {
  test('resolves as soon as a task waits, or is delayed, and after its end', async () => {
    const supervisor = new TaskSupervisor({ threadPool: one });
    const gate = newGate();
    const first = hold.with({ supervisor })(gate);
    const waiting = add.with({ supervisor })(1, 2);
    const delayed = add.with({ supervisor, delay: '1h' })(1, 2);
    for (const task of [first, waiting, delayed]) assert.equal(await stateOf(task), 'taken');
    delayed.cancel();
    assert.equal(await stateOf(delayed), 'taken', 'it had been taken');
    open(gate);
    await Promise.all([first, waiting]);
    assert.equal(await stateOf(waiting), 'taken');
    await supervisor.stop();
  });

  test('rejects with the error of a task that was not taken, and nobody has to handle that', async () => {
    const supervisor = new TaskSupervisor({ threadPool: { ...one, maxQueue: 0 } });
    const gate = newGate();
    const first = hold.with({ supervisor })(gate);
    const refused = [
      [add.with({ supervisor })(1, 2), 'ERR_TASK_REJECTED'],
      [echo.with({ supervisor })(() => {}), 'ERR_TASK_CLONE'],
      [add.with({ supervisor, signal: AbortSignal.abort() })(1, 2), 'ERR_TASK_CANCELED'],
      [add.with({ supervisor, deadline: new Date(0) })(1, 2), 'ERR_TASK_DEADLINE'],
    ] as const;
    for (const [task, code] of refused) {
      await assert.rejects(task.accepted, { code });
      void add.with({ supervisor })(1, 2).accepted;
    }
    open(gate);
    await first;
    await supervisor.stop();
    const late = add.with({ supervisor })(1, 2);
    await assert.rejects(late.accepted, { code: 'ERR_SUPERVISOR_STOPPED' });
  });

  for (const tt of ['thread', 'process'] as const) {
    test(`is there for the calls of a task too (${tt})`, async () => {
      const supervisor = new TaskSupervisor();
      assert.equal(await acceptedInside.with({ supervisor, tt })(), 3);
      assert.equal(await refusedInside.with({ supervisor, tt })(), 'ERR_TASK_CLONE');
      await supervisor.stop();
    });
  }
});

/** A supervisor whose runner does only what the test tells it to do. */
function led(options: { readonly clock?: ManualClock } = {}) {
  const submitted: RemoteTask[] = [];
  let events!: RemoteEvents;
  const supervisor = new TaskSupervisor({
    ...options,
    cancelGrace: 0,
    remote(given) {
      events = given;
      return {
        submit: (task) => void submitted.push(task),
        cancel: (id, payload) => events.ended(id, 'canceled', payload, null),
        setPriority: () => false,
        concurrency: () => 1,
        async close() {},
      };
    },
  });
  const queued: string[] = [];
  supervisor.on('taskQueued', ({ task }) => queued.push(task.id));
  const ofSupervisor = add.with({ supervisor });
  return { supervisor, call: () => ofSupervisor(1, 2), submitted, queued, events: () => events };
}

describe('accepted of a task of another program', () => {
  test('resolves when the runner keeps the task, and taskQueued is emitted then', async () => {
    const { supervisor, call, queued, events } = led();
    const task = call();
    const { accepted } = task;
    assert.equal(await stateOf(task), 'waits');
    assert.deepEqual(queued, []);
    events().accepted(task.id);
    events().accepted(task.id);
    await accepted;
    assert.deepEqual(queued, [task.id]);
    events().ended(task.id, 'completed', '3', 0);
    assert.equal(await task, 3);
    assert.equal(await stateOf(task), 'taken');
    assert.deepEqual(queued, [task.id], 'once');
    await supervisor.stop();
  });

  test('resolves with the first other report of the task', async () => {
    const { supervisor, call, queued, events } = led();
    const [started, ended, failed] = [call(), call(), call()];
    const order = collect(supervisor, 'taskStarted', 1).then(() => [...queued]);
    events().started(started.id, 0);
    assert.deepEqual(await order, [started.id], 'it waited before it began');
    events().ended(ended.id, 'completed', '3', 0);
    events().ended(failed.id, 'failed', 'nonsense', null);
    for (const task of [started, ended, failed]) assert.equal(await stateOf(task), 'taken');
    events().ended(started.id, 'completed', '3', 0);
    await assert.rejects(failed, { code: 'ERR_TASK_LOST' });
    await supervisor.stop();
  });

  test('rejects if the task is refused, or cancelled before', async () => {
    const { supervisor, call, queued, events } = led();
    const [refused, unseen, canceled, taken] = [call(), call(), call(), call()];
    const asked = [refused.accepted, canceled.accepted, taken.accepted];
    for (const { id } of [refused, unseen]) events().refused(id, new Error('the store is full'));
    events().accepted(taken.id);
    canceled.cancel();
    taken.cancel();
    await assert.rejects(asked[0]!, { message: 'the store is full' });
    await assert.rejects(asked[1]!, { code: 'ERR_TASK_CANCELED' });
    await asked[2];
    await assert.rejects(unseen.accepted, { message: 'the store is full' });
    await assert.rejects(canceled.accepted, { code: 'ERR_TASK_CANCELED' });
    await taken.accepted;
    assert.deepEqual(queued, [taken.id]);
    await supervisor.stop();
  });

  test('of a delayed task resolves before the task is due, and taskQueued is emitted when it is', async () => {
    const clock = new ManualClock();
    const { supervisor, submitted, queued, events } = led({ clock });
    const task = add.with({ supervisor, delay: '1h' })(1, 2);
    const other = add.with({ supervisor, delay: '2h' })(1, 2);
    events().accepted(submitted[0]!.id);
    await task.accepted;
    assert.equal(task.status, TaskStatus.delayed);
    assert.deepEqual(queued, []);
    clock.advance('1h');
    assert.deepEqual(queued, [task.id]);
    events().ended(task.id, 'completed', '3', 0);
    assert.equal(await task, 3);
    other.cancel();
    await assert.rejects(other.accepted, { code: 'ERR_TASK_CANCELED' });
    await supervisor.stop();
  });

  test('rejects when the supervisor stops before the runner has taken the task', async () => {
    const { supervisor, call } = led();
    const { accepted } = call();
    await supervisor.stop({ cancelTasks: true });
    await assert.rejects(accepted, { code: 'ERR_TASK_CANCELED' });
  });
});
