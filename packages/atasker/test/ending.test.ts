import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, currentTask, TaskStatus, TimeoutError, type TaskSupervisor } from 'atasker';
import { ManualClock } from 'atasker/testing';
import './support/leaks.ts';
import { collect, turn, whenStarted } from './support/events.ts';
import { newGate, open } from './support/gate.ts';
import { failsWith } from './support/fails-with.ts';
import { one, within } from './support/within.ts';
import { holdHere, untilAborted } from './tasks/async.ts';
import { add, hold, never, spin, spinForEver, spinPolitely, threadNumber } from './tasks/basic.ts';

describe('cancel:', () => {
  test('a task in a thread sees it in the middle of synchronous code', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const late = collect(supervisor, 'lateResult', 1);
      const gate = newGate();
      const task = spin.with({ supervisor })(gate);
      await whenStarted(supervisor, 1);
      assert.equal(task.cancel('enough'), true);
      assert.equal(task.status, TaskStatus.started);
      await failsWith(task, 'ERR_TASK_CANCELED');
      assert.equal((await late)[0]?.result, 'AbortError true');
      assert.equal(supervisor.getInfo().pools.thread?.alive, 1);
    });
  });

  test('throwIfAborted throws the reason, and the thread goes on', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const before = await threadNumber.with({ supervisor })();
      const task = spinPolitely.with({ supervisor, priority: 'low' })();
      await whenStarted(supervisor, 1);
      task.cancel();
      await failsWith(task, 'ERR_TASK_CANCELED');
      const after = await Promise.all(Array.from({ length: 4 }, () => threadNumber.with({ supervisor })()));
      assert.ok(after.includes(before));
    });
  });

  test('a task that ignores it is ended with its thread after the grace period, and other tasks are not affected', async () => {
    await within({ threadPool: { ...one, poolSize: 2 }, cancelGrace: 10 }, async (supervisor) => {
      const gate = newGate();
      const other = hold.with({ supervisor })(gate, 'unharmed');
      await whenStarted(supervisor, 1);
      for (const task of [spinForEver.with({ supervisor })(newGate()), never.with({ supervisor, cancelGrace: 0 })()]) {
        await whenStarted(supervisor, 1);
        const exited = collect(supervisor, 'threadExited', 1);
        task.cancel();
        await failsWith(task, 'ERR_TASK_CANCELED');
        await exited;
      }
      open(gate);
      assert.equal(await other, 'unharmed');
      assert.equal(await add.with({ supervisor })(1, 2), 3);
    });
  });

  test('an async task sees it; one that ignores it is settled after the grace period and keeps its slot', async () => {
    await within({ asyncPool: one, cancelGrace: 10 }, async (supervisor) => {
      const polite = untilAborted.with({ supervisor })();
      await whenStarted(supervisor, 1);
      polite.cancel('stop');
      const error = await failsWith(polite, 'ERR_TASK_CANCELED');
      assert.equal(error.cause, 'stop');

      const gate = newGate();
      const rude = holdHere.with({ supervisor })(gate, 'too late');
      await whenStarted(supervisor, 1);
      rude.cancel();
      await failsWith(rude, 'ERR_TASK_CANCELED');
      assert.equal(supervisor.getInfo().pools.async?.running, 1);
      const next = add.with({ supervisor, tt: 'async' })(1, 2);
      await turn();
      assert.equal(next.isStarted(), false);
      const late = collect(supervisor, 'lateResult', 1);
      open(gate);
      assert.deepEqual(await late, [{ task: rude, result: 'too late' }]);
      assert.equal(await next, 3);
    });
  });
});

describe('a task that fails after its cancellation', () => {
  test('is told on lateError, unless it fails only because of the cancellation', async () => {
    await within({}, async (supervisor) => {
      const answering = backgroundTask(
        async function answering(answer: (reason: unknown) => unknown) {
          const { signal } = currentTask();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          return answer(signal.reason);
        },
        { tt: 'async', supervisor },
      );
      const fail = (make: (reason: unknown) => unknown) => (reason: unknown) => {
        throw make(reason);
      };
      const own = new Error('of its own');
      const errors: unknown[] = [];
      supervisor.on('lateError', ({ error }) => errors.push(error));
      const last = collect(supervisor, 'lateResult', 1);
      for (const answer of [
        fail((reason) => reason),
        fail(() => new DOMException('a request was aborted', 'AbortError')),
        fail(() => new DOMException('a request took too long', 'TimeoutError')),
        fail(() => own),
        () => 'the last one',
      ]) {
        const started = whenStarted(supervisor, 1);
        const task = answering(answer);
        await started;
        task.cancel();
        await failsWith(task, 'ERR_TASK_CANCELED');
      }
      await last;
      assert.deepEqual(errors, [own]);
    });
  });
});

describe('time limits:', () => {
  const limited = (supervisor: TaskSupervisor) => ({ supervisor, cancelGrace: 0 }) as const;

  test('timeout ends a running task, in a thread and here', async () => {
    await within({}, async (supervisor) => {
      for (const task of [
        spinForEver.with({ ...limited(supervisor), timeout: 50 })(newGate()),
        untilAborted.with({ ...limited(supervisor), timeout: '0.05s' })(),
      ]) {
        const error = await failsWith(task, 'ERR_TASK_TIMEOUT');
        assert.ok(error instanceof TimeoutError && error.name === 'TimeoutError');
        assert.equal(task.status, TaskStatus.failed);
        assert.ok(task.isStarted());
      }
    });
  });

  test('timeout does not count the waiting', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const gate = newGate();
      const first = hold.with({ supervisor })(gate);
      const second = add.with({ supervisor, timeout: 500 })(1, 2); // far more than it needs, so that no pause of the machine counts
      await whenStarted(supervisor, 1);
      for (const until = performance.now() + 550; performance.now() < until;);
      open(gate);
      await first;
      assert.equal(await second, 3);
    });
  });

  test('queueTimeout ends a waiting task, and not one that has started', async () => {
    const clock = new ManualClock();
    await within({ clock, threadPool: one }, async (supervisor) => {
      const gate = newGate();
      const first = hold.with({ supervisor, queueTimeout: '1m' })(gate, 'ran');
      await whenStarted(supervisor, 1);
      const second = add.with({ supervisor, queueTimeout: '1m' })(1, 2);
      clock.advance('1m');
      await failsWith(second, 'ERR_TASK_QUEUE_TIMEOUT');
      assert.equal(second.isStarted(), false);
      open(gate);
      assert.equal(await first, 'ran');
    });
  });

  for (const transport of ['shared', 'message'] as const) {
    test(`queueTimeout spares a task that began in time, also if nobody has read that yet (${transport})`, async () => {
      const clock = new ManualClock();
      await within({ clock, transport, threadPool: one }, async (supervisor) => {
        assert.equal(await add.with({ supervisor })(1, 2), 3); // from now on a thread is ready
        const gate = newGate();
        const task = hold.with({ supervisor, queueTimeout: '1m' })(gate, 'ran');
        Atomics.wait(gate.words, 0, 0); // until the task is there; this thread reads nothing meanwhile
        clock.advance('1m');
        open(gate);
        assert.equal(await task, 'ran');
      });
    });
  }

  test('deadline is a limit for waiting and running together: a duration or a moment', async () => {
    await within({ threadPool: one, cancelGrace: 0 }, async (supervisor) => {
      const running = spinForEver.with({ supervisor, deadline: 80 })(newGate());
      const waiting = add.with({ supervisor, deadline: new Date(Date.now() + 20) })(1, 2);
      await failsWith(waiting, 'ERR_TASK_DEADLINE');
      await failsWith(running, 'ERR_TASK_DEADLINE');
      assert.equal(await add.with({ supervisor, deadline: '1h' })(1, 2), 3);
      await failsWith(add.with({ supervisor, deadline: new Date(0) })(1, 2), 'ERR_TASK_DEADLINE');
    });
  });

  test('a delayed task holds no slot until it is due, and starts then', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const delayed = add.with({ supervisor, delay: 30 })(1, 2);
      assert.equal(delayed.status, TaskStatus.delayed);
      assert.equal(supervisor.getInfo().pools.thread?.delayed, 1);
      assert.equal(await add.with({ supervisor })(2, 2), 4);
      assert.equal(await delayed, 3);
      assert.ok(delayed.timeStarted! - delayed.timeQueued >= 29);
    });
  });
});

describe('a task that waits too long for its start', () => {
  test('is reported once while it waits, even if it waited before there was a listener', async () => {
    await within({ threadPool: one, timeoutWarning: 10, timeoutCritical: 20 }, async (supervisor) => {
      const gate = newGate();
      const first = hold.with({ supervisor })(gate);
      await whenStarted(supervisor, 1);
      const waiting = add.with({ supervisor })(1, 2);
      const seen: string[] = [];
      supervisor.timeoutWarningFunc = (task) => seen.push(`warning ${task.name} ${task.status}`);
      supervisor.timeoutCriticalFunc = (task) => seen.push(`critical ${task.name} ${task.status}`);
      supervisor.on('timeoutWarning', ({ task }) => seen.push(`event ${task.name}`));
      const critical = collect(supervisor, 'timeoutCritical', 1);
      assert.equal((await critical)[0]?.task, waiting);
      assert.deepEqual(seen.toSorted(), ['critical add 0', 'event add', 'warning add 0']);
      open(gate);
      await Promise.all([first, waiting]);
      assert.equal(seen.length, 3);
    });
  });
});
