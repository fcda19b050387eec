import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, TaskSupervisor, TimeoutError, type SupervisorOptions } from 'atasker';
import type { Remote, RemoteEvents, RemoteRun, RemoteRunTask, RemoteTask } from 'atasker/remote';
import '../support/leaks.ts';
import { collect, whenStarted } from '../support/events.ts';
import { newGate, open } from '../support/gate.ts';
import { one } from '../support/within.ts';
import { add, hold } from '../tasks/basic.ts';
import { attemptHere, attemptOf, late, mapOf, neverEnds, returnsLate, square } from '../tasks/remote.ts';
import { Toy } from './toy.ts';

const unlike = { poolSize: 2, reserveNormal: 1, reserveHigh: 1 };

/** A supervisor whose tasks run in another one of this program, and all that goes from one to the other. */
function pair(nodeOptions: SupervisorOptions = {}, options: SupervisorOptions = {}, attempt = 1) {
  const node = new TaskSupervisor(nodeOptions);
  const submitted: RemoteTask[] = [];
  const told: unknown[][] = [];
  let events!: RemoteEvents;
  let made = 0;
  const remote: Remote = (given) => {
    events = given;
    made += 1;
    const runs = new Map<string, RemoteRun>();
    return {
      submit(task) {
        const { id } = task;
        submitted.push(task);
        const run = node.remote.run(
          { ...task, attempt },
          {
            started: (at) => events.started(id, at),
            progressed: (payload) => events.progressed(id, payload),
            ended(end, payload) {
              told.push([end, payload]);
              events.ended(id, end === 'notRun' ? 'failed' : end, payload, null);
            },
            late: (end, payload) => events.late(id, end, payload),
          },
        );
        runs.set(id, run);
      },
      cancel: (id, payload) => runs.get(id)?.cancel(payload),
      setPriority: () => false,
      concurrency: () => 3,
      async close() {
        await node.stop();
      },
    };
  };
  const supervisor = new TaskSupervisor({ ...options, remote });
  return { node, supervisor, submitted, told, events: () => events, made: () => made };
}

describe('the room for tasks of other programs', () => {
  test('is what would start at once, by priority, and a task takes room from all that are as urgent or less', async () => {
    const node = new TaskSupervisor({ threadPool: unlike });
    assert.deepEqual(node.remote.room('thread'), { low: 2, normal: 3, high: 4, critical: Infinity });
    const gate = newGate();
    const lowOnes = whenStarted(node, 2);
    const tasks = [1, 2].map((n) => hold.with({ supervisor: node, priority: 'low' })(gate, n));
    await lowOnes;
    const highOne = whenStarted(node, 1);
    tasks.push(hold.with({ supervisor: node, priority: 'high' })(gate, 3));
    await highOne;
    assert.deepEqual(node.remote.room('thread'), { low: 0, normal: 0, high: 1, critical: Infinity });
    const waiting = add.with({ supervisor: node, priority: 'high' });
    tasks.push(...[1, 2].map((n) => waiting(n, n)));
    assert.deepEqual(node.remote.room('thread'), { low: 0, normal: 0, high: 0, critical: Infinity });
    const changed = collect(node, 'roomChanged', 1);
    open(gate);
    assert.deepEqual(await changed, [{ tt: 'thread' }]);
    await Promise.all(tasks);
    assert.deepEqual(node.remote.room('thread'), { low: 2, normal: 3, high: 4, critical: Infinity });
    await node.stop();
  });

  test('is none while the pool is broken, and a task that comes all the same is not run', async () => {
    const { node, supervisor, told } = pair({ threadPool: { ...one, execArgv: ['--no-such-flag'] } });
    await assert.rejects(add.with({ supervisor })(1, 2), { code: 'ERR_POOL_BROKEN' });
    assert.equal(told[0]![0], 'notRun');
    assert.deepEqual(node.remote.room('thread'), { low: 0, normal: 0, high: 0, critical: 0 });
    await supervisor.stop();
  });
});

describe('a task in another program', () => {
  for (const [tt, task] of Object.entries({ thread: attemptOf, process: attemptOf, async: attemptHere })) {
    test(`knows which of its runs it is (${tt})`, async () => {
      const { supervisor } = pair({}, {}, 3);
      assert.equal(await task.with({ supervisor, tt: tt as 'thread' })(), 3);
      await supervisor.stop();
    });
  }

  for (const tt of ['thread', 'process'] as const) {
    test(`goes through the program as text, both ways (${tt})`, async () => {
      const { node, supervisor, submitted, told } = pair();
      const completed = collect(node, 'taskCompleted', 1);
      assert.deepEqual(await mapOf.with({ supervisor, tt })('key', 10n), new Map([['key', 10n]]));
      const [first] = await completed;
      assert.deepEqual(told, [['completed', first!.task.result]], 'the result in that program is the text');
      assert.match(submitted[0]!.payload, /\["BigInt","10"\]/);
      await supervisor.stop();
    });
  }

  test('fails with what the runner throws, or with what it refuses the task for', async () => {
    const full = new Error('the store is full');
    let events!: RemoteEvents;
    const remote: Remote = (given) => {
      events = given;
      return {
        submit({ name }) {
          if (name === 'add') throw full;
        },
        cancel() {},
        setPriority: () => false,
        concurrency: () => 1,
        async close() {},
      };
    };
    const supervisor = new TaskSupervisor({ remote });
    await assert.rejects(add.with({ supervisor })(1, 2), full);
    await assert.rejects(add.with({ supervisor, delay: '1h' })(1, 2), full);
    const task = attemptOf.with({ supervisor })();
    events.refused(task.id, full);
    await assert.rejects(task, full);
    await supervisor.stop();
  });

  test('ends once, whatever is told twice, late, or of tasks that nobody knows', async () => {
    const { supervisor, events } = pair();
    const task = add.with({ supervisor })(1, 2);
    assert.equal(await task, 3);
    for (const id of [task.id, 'unknown']) {
      events().started(id, 0);
      events().progressed(id, '1');
      events().ended(id, 'failed', 'nonsense', null);
      events().refused(id, new Error('late'));
      events().late(id, 'completed', '1');
    }
    assert.equal(await task, 3);
    assert.deepEqual(await supervisor.stop(), { completed: 0, failed: 0, canceled: 0, lost: 0, unfinished: [] });
  });

  test('fails with ERR_TASK_LOST if what comes back cannot be read', async () => {
    const { supervisor, events, submitted } = pair({ threadPool: one });
    const task = attemptOf.with({ supervisor })();
    events().ended(submitted[0]!.id, 'completed', 'no JSON', null);
    await assert.rejects(task, { code: 'ERR_TASK_LOST' });
    await supervisor.stop();
  });

  test('completes although its progress and other news cannot be read', async () => {
    const { supervisor, events, submitted } = pair({ threadPool: one });
    const task = attemptOf.with({ supervisor })();
    const errors = collect(supervisor, 'lateError', 2);
    events().started(submitted[0]!.id, Date.now());
    events().progressed(submitted[0]!.id, 'nonsense');
    events().lateError('nonsense');
    assert.equal(await task, 1);
    for (const { error } of await errors) assert.equal((error as { code: string }).code, 'ERR_TASK_LOST');
    await supervisor.stop();
  });

  test('ends when it is cancelled for a reason that cannot be read', async () => {
    const { node, supervisor, submitted } = pair({ cancelGrace: 0, threadPool: one });
    const started = whenStarted(supervisor, 1);
    const task = neverEnds.with({ supervisor })();
    await started;
    const ended = new Promise((resolve) => {
      const nothing = (): void => {};
      const events = { started: nothing, progressed: nothing, late: nothing, ended: resolve };
      node.remote.run({ ...submitted[0]!, id: 'again', attempt: 1 }, events).cancel('nonsense');
    });
    assert.equal(await ended, 'failed');
    task.cancel();
    await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
    await supervisor.stop();
  });

  test('that returns after it was cancelled is told as late', async () => {
    const { supervisor } = pair({ cancelGrace: 0 }, { cancelGrace: 0 });
    const started = whenStarted(supervisor, 1);
    const task = returnsLate.with({ supervisor })('too late');
    const told = collect(supervisor, 'lateResult', 1);
    await started;
    task.cancel();
    await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
    late.goOn();
    const [first] = await told;
    assert.equal(first!.result, 'too late');
    await supervisor.stop();
  });

  for (const order of ['before', 'after']) {
    test(`that returns after its time limit there is told as late, also ${order} its end`, async () => {
      const { supervisor, events, submitted } = pair({ cancelGrace: 0 });
      const told = collect(supervisor, 'lateResult', 1);
      const task = returnsLate.with({ supervisor, timeout: '1h' })('too late');
      const { id } = submitted[0]!;
      const error = supervisor.remote.errorPayload(new TimeoutError('ERR_TASK_TIMEOUT', 'there'));
      if (order === 'before') events().late(id, 'completed', '"too late"');
      events().ended(id, 'failed', error, 0);
      if (order === 'after') events().late(id, 'completed', '"too late"');
      await assert.rejects(task, { code: 'ERR_TASK_TIMEOUT' });
      assert.equal((await told)[0]!.result, 'too late');
      late.goOn();
      await supervisor.stop();
    });
  }

  test('is lost if the program that runs it is killed, and the supervisor stops', async () => {
    const toy = new Toy('thread', { threadPool: one });
    const supervisor = new TaskSupervisor({ remote: toy.remote });
    const started = whenStarted(supervisor, 1);
    const tasks = [1, 2].map(() => neverEnds.with({ supervisor })());
    await started;
    toy.kill();
    for (const task of tasks) await assert.rejects(task, { code: 'ERR_TASK_LOST' });
    await supervisor.stop();
  });
});

describe('a supervisor', () => {
  test('makes its runner at the first task, closes it at the stop, and makes another one after a start', async () => {
    const { supervisor, made, node } = pair();
    assert.equal(made(), 0);
    assert.deepEqual(await square.with({ supervisor }).map([1, 2]), [1, 4]);
    await supervisor.stop();
    supervisor.start();
    node.start();
    assert.equal(await add.with({ supervisor })(1, 2), 3);
    assert.equal(made(), 2);
    await supervisor.stop();
  });

  test('runs tasks of functions that no module defines by itself', async () => {
    const { supervisor, submitted } = pair();
    const here = backgroundTask((n: number) => n + 1, { tt: 'async', supervisor });
    assert.equal(await here(1), 2);
    assert.deepEqual(submitted, []);
    await supervisor.stop();
  });

  test('hands back tasks when it stops, and tasks that it does not know', async () => {
    const { node, supervisor, told, submitted } = pair();
    assert.equal(await add.with({ supervisor })(1, 2), 3);
    const again = (task: Partial<RemoteRunTask>): Promise<readonly [string, string]> =>
      new Promise((resolve) => {
        const nothing = (): void => {};
        const events = { started: nothing, progressed: nothing, late: nothing };
        const ended = (end: string, payload: string): void => resolve([end, payload]);
        node.remote.run({ ...submitted[0]!, attempt: 1, ...task }, { ...events, ended });
      });
    assert.match((await again({ definition: 'unknown' })).join(' '), /^notRun .*ERR_TASK_LOAD/);
    assert.match((await again({ payload: 'nonsense' })).join(' '), /^failed .*ERR_TASK_LOST/);
    assert.match((await again({ payload: '{"v":2}\n[1,2]' })).join(' '), /^failed .*ERR_TASK_LOST/);
    assert.deepEqual(await again({}), told[0]);
    await supervisor.stop();
    assert.match((await again({})).join(' '), /^notRun .*ERR_SUPERVISOR_STOPPED/);
  });

  test('runs no task of another program if its own tasks run elsewhere', async () => {
    const { node, supervisor, submitted } = pair();
    const task = {
      id: '1',
      definition: 'square',
      name: 'square',
      tt: 'thread',
      priority: 'normal',
      payload: '',
      attempt: 1,
    };
    const told = () => assert.fail('nothing is told of it');
    assert.throws(
      () => supervisor.remote.run(task as RemoteRunTask, { started: told, progressed: told, ended: told, late: told }),
      {
        code: 'ERR_INVALID_OPTION',
        message: /option remote/,
      },
    );
    assert.deepEqual(submitted, []);
    await Promise.all([supervisor.stop(), node.stop()]);
  });

  test('refuses two definitions of one name', () => {
    const { remote } = new TaskSupervisor();
    assert.ok(remote.definitions().includes('add'));
    const twins = ['a', 'b'].map((name) => backgroundTask(() => {}, { name: 'twin', module: `file:///${name}.mjs` }));
    assert.throws(() => remote.definitions(), { code: 'ERR_NAME_IN_USE', message: /twin.*a\.mjs.*b\.mjs/ });
    assert.equal(twins.length, 2);
  });
});
