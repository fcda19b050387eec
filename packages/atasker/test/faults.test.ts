/** Bugs that were found by attacking: each has the test that would have caught it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  backgroundTask,
  currentTask,
  taskSupervisor,
  TaskSupervisor,
  waitCompleted,
  type Task,
  type TaskType,
} from 'atasker';
import './support/leaks.ts';
import { collect, turn, whenStarted } from './support/events.ts';
import { newGate, open, waitHereAt } from './support/gate.ts';
import { fixtures, runNode } from './support/program.ts';
import { one, within } from './support/within.ts';
import { add, echo, hold } from './tasks/basic.ts';
import { awaitStop, badCallback, badFirstChild, childInGrace, rejectAside, thenHarm } from './tasks/faults.ts';
import { callChild } from './tasks/nested.ts';

/** Keeps this thread busy, so that several messages arrive before any is read. */
function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

/** Harms a member as soon as its task has returned; gives the results of the calls that are handed over meanwhile. */
async function resultsAfter(
  harm: 'exit' | 'block',
  on: { readonly supervisor: TaskSupervisor; readonly tt?: TaskType },
  call: (n: number) => Task,
): Promise<unknown[]> {
  const harming = thenHarm.with(on)(harm);
  const next = Array.from({ length: 3 }, (_, n) => call(n));
  assert.equal(await harming, 'returned');
  return Promise.all(next);
}

describe('a bad task harms no other:', () => {
  test('an uncaught error of one task never becomes the error of the next one', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      await add.with({ supervisor })(1, 1);
      for (let round = 0; round < 10; round += 1) {
        const started = whenStarted(supervisor, 1);
        const guilty = rejectAside.with({ supervisor })();
        const innocent = add.with({ supervisor })(1, 2);
        const end = guilty.catch((error: Error) => error.message);
        await started;
        block(30);
        assert.ok(['returned', 'aside'].includes(await end));
        assert.equal(await innocent, 3);
      }
    });
  });

  test('a task that was handed to a thread that ends before it begins runs elsewhere', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      for (let round = 0; round < 5; round += 1) {
        const results = await resultsAfter('exit', { supervisor }, (n) => add.with({ supervisor })(n, 1));
        assert.deepEqual(results, [1, 2, 3]);
      }
    });
  });

  test('arguments do not move to a process: a task with buffers that it does not begin runs elsewhere', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const inProcess = { supervisor, tt: 'process' } as const;
      for (let round = 0; round < 3; round += 1) {
        const results = await resultsAfter('exit', inProcess, (n) => echo.with(inProcess)(Buffer.alloc(1, n)));
        assert.deepEqual(results, [[Buffer.alloc(1, 0)], [Buffer.alloc(1, 1)], [Buffer.alloc(1, 2)]]);
      }
    });
  });

  test('a task that was handed to a thread which an earlier task blocks runs elsewhere', async () => {
    await within({ threadPool: { ...one, startTimeout: 1500 } }, async (supervisor) => {
      await add.with({ supervisor })(1, 1);
      const results = await resultsAfter('block', { supervisor }, (n) => add.with({ supervisor })(n, 1));
      assert.deepEqual(results, [1, 2, 3]);
    });
  });

  test('a reason that holds a list that holds itself still cancels', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const task = add.with({ supervisor, delay: '1h' })(1, 2);
      const reason: unknown[] = [new Error('why')];
      reason.push(reason);
      assert.equal(task.cancel(reason), true);
      await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
    });
  });

  test('a callback that throws in a thread is reported, and its task goes on', async () => {
    await within({}, async (supervisor) => {
      const errors = collect(supervisor, 'error', 2);
      assert.equal(await badCallback.with({ supervisor })(), 'unharmed');
      const messages = (await errors).map(({ error }) => (error as Error).message);
      assert.deepEqual(messages.toSorted(), ['async callback in the thread', 'callback in the thread']);
    });
  });
});

describe('nothing hangs:', () => {
  for (const transport of ['shared', 'message'] as const) {
    test(`at maxSize, with suspended parents, an urgent task that waits in front does not lock the child out (${transport})`, async () => {
      for (let round = 0; round < 10; round += 1) {
        await within({ threadPool: { ...one, maxSize: 1 }, transport }, async (supervisor) => {
          let threads = 0;
          supervisor.on('threadStarted', () => (threads += 1));
          const started = whenStarted(supervisor, 1);
          const parent = callChild.with({ supervisor, priority: 'low' })(1);
          await started;
          const urgent = add.with({ supervisor, priority: 'critical' })(2, 2);
          assert.deepEqual(await Promise.all([parent, urgent]), [3, 4]);
          assert.equal(threads, 2, 'one more is started for the child, and it is not retired before that has run');
        });
      }
    });
  }

  test('a parent whose first child could not be sent is suspended for the second', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      assert.deepEqual(await badFirstChild.with({ supervisor })(), ['ERR_TASK_CLONE', 'second']);
    });
  });

  test('a child that a cancelled task starts in its grace period is cancelled too', async () => {
    const supervisor = new TaskSupervisor({ cancelGrace: 800 });
    const started = whenStarted(supervisor, 1);
    const parent = childInGrace.with({ supervisor })();
    const end = assert.rejects(parent, { code: 'ERR_TASK_CANCELED' });
    await started;
    const report = await supervisor.stop({ cancelTasks: true });
    assert.equal(report.canceled, 2);
    await end;
  });

  for (const tt of ['thread', 'process'] as const) {
    test(`a ${tt} that is ready is taken as such, however late that is read`, async () => {
      await within({ [`${tt}Pool`]: { poolSize: 2, startTimeout: 4000 } }, async (supervisor) => {
        let ended = 0;
        supervisor.on(`${tt}Exited`, () => (ended += 1));
        const tasks = Array.from({ length: 4 }, (_, n) => add.with({ supervisor, tt })(n, 1));
        block(4300);
        assert.deepEqual(await Promise.all(tasks), [1, 2, 3, 4]);
        assert.equal(ended, 0, 'none was taken for one that hangs');
      });
    });
  }

  for (const tt of ['async', 'thread', 'process'] as const) {
    test(`a task that awaits the stop which waits for it fails (${tt})`, { timeout: 20_000 }, async () => {
      await assert.rejects(awaitStop.with({ tt })(), { code: 'ERR_SUPERVISOR_STOPPED' });
      if (tt === 'async') await taskSupervisor.stop(); // it goes on
      taskSupervisor.start();
      assert.equal(await add.with({ tt })(1, 2), 3);
    });
  }

  test('a task may stop its supervisor and go on; a stop outside of tasks waits for it', async () => {
    const supervisor = new TaskSupervisor();
    const gate = newGate();
    const stopping = backgroundTask(
      async function stopping() {
        void supervisor.stop();
        await waitHereAt(gate);
        return 'went on';
      },
      { supervisor, tt: 'async' },
    );
    const task = stopping();
    await whenStarted(supervisor, 1);
    const stop = supervisor.stop();
    open(gate);
    assert.equal((await stop).completed, 1);
    assert.equal(await task, 'went on');
  });

  test('stop may be called by a listener of an event that the stop causes', async () => {
    const supervisor = new TaskSupervisor();
    const inner: Promise<unknown>[] = [];
    supervisor.on('taskCanceled', () => inner.push(supervisor.stop()));
    const task = add.with({ supervisor, delay: '1h' })(1, 2);
    const report = await supervisor.stop();
    await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
    assert.deepEqual(await Promise.all(inner), [report]);
  });
});

describe('reports are true:', () => {
  test('waitCompleted that refuses its options has not touched the tasks', async () => {
    await within({}, async (supervisor) => {
      const task = echo.with({ supervisor })(() => {});
      await assert.rejects(waitCompleted(task, { timeout: 0.5 }), { code: 'ERR_INVALID_OPTION' });
      await assert.rejects(task, { code: 'ERR_TASK_CLONE' });
    });
  });

  test('waitCompleted finds a result that has arrived in time, even if nobody has read it yet', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      await add.with({ supervisor })(1, 1);
      const gate = newGate();
      const task = hold.with({ supervisor })(gate, 'in time');
      await whenStarted(supervisor, 1);
      const waiting = waitCompleted(task, { timeout: 400 });
      open(gate);
      block(600);
      assert.equal(await waiting, 'in time');
    });
  });

  test('a late start is reported once, even if listeners are added later', async () => {
    await within({ threadPool: one, timeoutWarning: 5, timeoutCritical: 30 }, async (supervisor) => {
      let warnings = 0;
      supervisor.on('timeoutWarning', ({ task }) => (warnings += task.name === 'add' ? 1 : 0));
      const gate = newGate();
      const first = hold.with({ supervisor })(gate);
      await whenStarted(supervisor, 1);
      const waiting = add.with({ supervisor })(1, 2);
      await collect(supervisor, 'timeoutCritical', 1);
      assert.equal(warnings, 1);
      open(gate);
      await Promise.all([first, waiting]);
    });
  });

  test('listeners do not run in the async context of the task that caused a thread to start', async () => {
    await within({}, async (supervisor) => {
      const seen: boolean[] = [];
      supervisor.on('taskCompleted', ({ task }) => {
        if (task.tt === 'thread') seen.push(throws(() => currentTask()));
      });
      const outer = add.with({ supervisor });
      const inAsyncTask = callChildHere.with({ supervisor, callback: () => {} });
      assert.equal(await inAsyncTask(1), 3);
      assert.equal(await outer(1, 1), 2);
      await turn();
      assert.deepEqual(seen, [true, true]);
    });
  });

  test('no task ends before it starts', async () => {
    await within({}, async (supervisor) => {
      const tasks = Array.from({ length: 300 }, (_, n) => add.with({ supervisor })(n, 1));
      await Promise.all(tasks);
      assert.ok(
        tasks.every((task) => task.timeQueued <= task.timeStarted! && task.timeStarted! <= task.timeCompleted!),
      );
    });
  });

  test('execArgv of the pool goes together with flags of V8 of the program', async () => {
    const { stdout, stderr } = await runNode(['--max-old-space-size=200', `${fixtures}loading/exec-argv.mjs`]);
    assert.equal(stdout + stderr, '3\n');
  });
});

const callChildHere = callChild.with({ tt: 'async' });

function throws(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}
