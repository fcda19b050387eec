import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { threadId } from 'node:worker_threads';
import { backgroundTask, currentTask, isPoolThread, taskSupervisor, TaskSupervisor } from 'atasker';
import '../support/leaks.ts';
import { inlineTasks, ManualClock, type InlineTasks } from 'atasker/testing';
import { collect, turn, whenStarted } from '../support/events.ts';
import { newGate, open, waitHereAt } from '../support/gate.ts';
import { one, within } from '../support/within.ts';
import { holdHere, untilAborted } from '../tasks/async.ts';
import { add, currentIds, echo, hold, isInPoolThread, threadNumber, whereAmI } from '../tasks/basic.ts';
import {
  callChild,
  chain,
  childFacts,
  failingChild,
  mapChildren,
  waitForChildren,
  withUnknownChild,
} from '../tasks/nested.ts';

const TYPES = ['thread', 'process'] as const;

/** A definition that no thread could find. */
const here = <T>(fn: () => T): (() => PromiseLike<Awaited<T>>) => backgroundTask(fn, { name: 'here' });

describe('while tasks are inline,', () => {
  let inline: InlineTasks;
  beforeEach(() => void (inline = inlineTasks()));
  afterEach(() => inline.stop());

  for (const tt of TYPES) {
    test(`a ${tt} task runs in this very thread, and says that it is a ${tt} task`, async () => {
      const task = whereAmI.with({ tt })('here');
      assert.deepEqual([task.tt, await task], [tt, { pid: process.pid, args: ['here'], isPoolThread: false }]);
      assert.equal(await threadNumber.with({ tt })(), threadId);
      assert.equal(taskSupervisor.getInfo().pools[tt]?.alive, 0);
    });

    test(`a ${tt} task has its currentTask(), also after an await`, async () => {
      const task = currentIds.with({ tt, priority: 'high' })();
      assert.deepEqual(await task, {
        before: task.id,
        after: task.id,
        name: 'currentIds',
        priority: 'high',
        attempt: 1,
      });
    });

    test(`a ${tt} task that is cancelled or out of time hears it from its signal`, async () => {
      const clock = new ManualClock();
      await within({ clock }, async (supervisor) => {
        const polite = untilAborted.with({ supervisor, tt });
        const started = whenStarted(supervisor, 2);
        const canceled = polite();
        const late = polite.with({ timeout: '1h' })();
        const ends = Promise.allSettled([canceled, late]);
        await started;
        canceled.cancel('enough');
        clock.advance('1h');
        const errors = (await ends).map((end) => end.status === 'rejected' && (end.reason as Error & { code: string }));
        assert.deepEqual(
          errors.map((error) => error && error.code),
          ['ERR_TASK_CANCELED', 'ERR_TASK_TIMEOUT'],
        );
        assert.equal(errors[0] && errors[0].cause, 'enough');
      });
    });

    test(`a ${tt} task that ignores its signal is settled after the grace period, and keeps its slot`, async () => {
      const clock = new ManualClock();
      await within({ clock }, async (supervisor) => {
        const gate = newGate();
        const started = whenStarted(supervisor, 1);
        const rude = backgroundTask(() => waitHereAt(gate), { supervisor, tt, cancelGrace: '1m' })();
        await started;
        rude.cancel();
        clock.advance('59s');
        assert.equal(rude.isCompleted(), false);
        clock.advance('1s');
        await assert.rejects(rude, { code: 'ERR_TASK_CANCELED' });
        assert.equal(supervisor.getInfo().pools[tt]?.running, 1);
        const returned = collect(supervisor, 'lateResult', 1);
        open(gate);
        await returned;
      });
    });

    test(`limits and priorities are those of the ${tt} pool`, async () => {
      await within({ threadPool: one, processPool: one }, async (supervisor) => {
        const gate = newGate();
        const order: unknown[] = [];
        supervisor.on('taskCompleted', ({ task }) => order.push(task.result));
        const holdLow = backgroundTask(() => waitHereAt(gate), { supervisor, tt, priority: 'low' });
        const running = holdLow();
        const priorities = ['low', 'normal', 'high', 'critical'] as const;
        const waiting = priorities.map((priority) => echo.with({ supervisor, tt, priority })(priority));
        await waiting[3];
        assert.deepEqual(supervisor.getInfo().pools[tt]?.queued, { low: 1, normal: 1, high: 1, critical: 0 });
        open(gate);
        await Promise.all([running, ...waiting]);
        assert.deepEqual(order, [['critical'], undefined, ['high'], ['normal'], ['low']]);
      });
    });

    test(`nested ${tt} tasks and their maps work, in a pool of one`, async () => {
      await within({ threadPool: one, processPool: one }, async (supervisor) => {
        const options = { supervisor, tt };
        assert.equal(await chain.with(options)(30), 30);
        const facts = await childFacts.with({ ...options, priority: 'high' })();
        assert.deepEqual(facts.priorities, { low: 'high', critical: 'critical', detached: 'low' });
        assert.equal(facts.childSawItsId, true);
        assert.deepEqual(await failingChild.with(options)(), {
          isTypeError: true,
          message: 'of the child',
          code: 'E_CHILD',
          status: -2,
        });
        assert.deepEqual((await waitForChildren.with(options)('cancel'))?.slice(1), ['ERR_TASK_CANCELED', 'mine', -1]);
        assert.deepEqual(await mapChildren.with(options)([1, 2, 3]), [3, 5, 7]);
        assert.deepEqual(await callChild.with(options).map([1, 2, 3]), [3, 5, 7]);
      });
    });
  }

  test('a definition inside a function works, and closes over what is there', async () => {
    let runs = 0;
    const count = here(() => (runs += 1));
    assert.equal(await count(), 1);
    const nested = here(async () => [await count(), isPoolThread]);
    assert.deepEqual(await nested(), [2, false]);
    assert.equal(runs, 2);
  });

  test('a task does not see the AsyncLocalStorage of its caller, as in a thread; its callback does', async () => {
    const store = new AsyncLocalStorage<string>();
    const read = backgroundTask(() => store.getStore() ?? 'nothing', { name: 'read' });
    const seen = await new Promise<unknown[]>((resolve) => {
      const callback = (result: string): void => resolve([result, store.getStore()]);
      store.run('mine', () => void read.with({ callback })());
    });
    assert.deepEqual(seen, ['nothing', 'mine']);
    assert.throws(() => currentTask(), { code: 'ERR_NO_CURRENT_TASK' });
  });

  test('no thread is started, also where some are to be kept ready', async () => {
    const supervisor = new TaskSupervisor({ threadPool: { minSize: 2 }, processPool: { minSize: 'max' } });
    let members = 0;
    for (const event of ['threadStarted', 'processStarted'] as const) supervisor.on(event, () => (members += 1));
    supervisor.start();
    for (const tt of TYPES) assert.equal(await add.with({ supervisor, tt })(1, 2), 3);
    await supervisor.stop();
    assert.deepEqual([supervisor.getInfo().totals.completed, members], [2, 0]);
  });

  test('maxQueue, delay and a supervisor that stops do what they do for threads', async () => {
    const clock = new ManualClock();
    const supervisor = new TaskSupervisor({ clock, threadPool: { ...one, maxQueue: 0 } });
    const delayed = add.with({ supervisor, delay: '1d' })(1, 2);
    clock.advance('1d');
    assert.equal(await delayed, 3);
    const gate = newGate();
    const running = holdHere.with({ supervisor, tt: 'thread' })(gate, 'ran');
    await assert.rejects(add.with({ supervisor })(1, 2), { code: 'ERR_TASK_REJECTED' });
    const stopping = supervisor.stop();
    open(gate);
    assert.deepEqual([await running, (await stopping).completed], ['ran', 1]);
    await assert.rejects(add.with({ supervisor })(1, 2), { code: 'ERR_SUPERVISOR_STOPPED' });
  });
});

describe('the mode changes', () => {
  test('while threads are there, and back; tasks stay where they were called for', async () => {
    for (const supervisor of [taskSupervisor, new TaskSupervisor()]) {
      const where = isInPoolThread.with({ supervisor });
      assert.equal(await where(), true);
      const gate = newGate();
      const started = whenStarted(supervisor, 1);
      const inThread = hold.with({ supervisor })(gate, 'in a thread');
      await started;
      const inline = inlineTasks();
      assert.equal(await where(), false);
      open(gate);
      assert.equal(await inThread, 'in a thread');
      const waiting = where.with({ delay: 1 })();
      assert.equal(await waiting, false);
      await inline.stop();
      assert.equal(await where(), true);
      if (supervisor !== taskSupervisor) await supervisor.stop();
    }
  });

  test('and a definition inside a function is refused again', async () => {
    const inline = inlineTasks();
    const closure = here(() => 1);
    assert.equal(await closure(), 1);
    await inline.stop();
    assert.throws(() => closure(), { code: 'ERR_TASK_NOT_AT_MODULE_LEVEL' });
  });

  test('while a task waits for a thread that is starting: it gets it', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const inThread = isInPoolThread.with({ supervisor })();
      const inline = inlineTasks();
      const behind = isInPoolThread.with({ supervisor })();
      assert.deepEqual([await inThread, await behind], [true, false]);
      await inline.stop();
    });
  });

  test('while a thread calls a function that only threads know: it runs in one', async () => {
    await within({}, async (supervisor) => {
      const gate = newGate();
      const started = whenStarted(supervisor, 1);
      const parent = withUnknownChild.with({ supervisor })(gate);
      await started;
      const inline = inlineTasks();
      open(gate);
      assert.equal(await parent, true);
      await inline.stop();
    });
  });

  test('a second one at the same time is refused, and says where the first one is', async () => {
    const first = inlineTasks();
    assert.throws(
      () => inlineTasks({ clone: false }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'ERR_INLINE_ACTIVE');
        assert.match(error.message, /^inlineTasks\(\) is on already; call stop\(\)/);
        assert.match((error.cause as Error).stack!, /inline-tasks\.test/);
        return true;
      },
    );
    await first.stop();
    await inlineTasks().stop();
  });

  test('wrong options are refused, and turn nothing on', async () => {
    assert.throws(() => inlineTasks({ clone: 1 } as never), {
      code: 'ERR_INVALID_OPTION',
      message: 'clone must be true or false, got 1',
    });
    assert.throws(() => inlineTasks({ cloned: true } as never), { message: /did you mean clone\?/ });
    await inlineTasks().stop();
  });
});

describe('stop of inline tasks', () => {
  test('waits until all tasks have ended, also those that another one leads to', async () => {
    const inline = inlineTasks();
    const gate = newGate();
    const ends: string[] = [];
    const log = (end: string) => (): unknown => ends.push(end);
    const first = holdHere.with({ tt: 'thread', callback: log('first') })(gate);
    void (async () => {
      await first;
      for (let n = 0; n < 50; n += 1) await Promise.resolve();
      add.with({ tt: 'process', callback: log('second') })(1, 2);
    })();
    const stopping = inline.stop().then(log('stopped'));
    for (let n = 0; n < 5; n += 1) await turn();
    assert.deepEqual(ends, []);
    open(gate);
    await stopping;
    assert.deepEqual(ends, ['first', 'second', 'stopped']);
    assert.equal(await isInPoolThread(), true);
  });

  test('cancels what is not due yet, also what a task leaves behind on its way', async () => {
    const inline = inlineTasks();
    const canceled = collect(taskSupervisor, 'taskCanceled', 2);
    const later = add.with({ delay: '1h' });
    later.with({ name: 'before' })(1, 2);
    const gate = newGate();
    const parent = backgroundTask(async () => {
      await holdHere.fn(gate);
      later.with({ name: 'on the way', detached: true })(1, 2);
      await new Promise((resolve) => void setImmediate(resolve));
    });
    parent();
    const stopping = inline.stop();
    open(gate);
    await stopping;
    const cause = 'the inline mode was stopped before the task was due';
    assert.deepEqual(
      (await canceled).map(({ task }) => [task.name, (task.error as Error).cause]),
      [
        ['before', cause],
        ['on the way', cause],
      ],
    );
  });

  test('throws the error that nobody looked at, once', async () => {
    const inline = inlineTasks();
    backgroundTask(() => {
      throw new RangeError('nobody looked');
    })();
    await assert.rejects(inline.stop(), { name: 'RangeError', message: 'nobody looked' });
    await inline.stop();
  });

  test('throws an AggregateError if there are several, of whatever kind and however they failed', async () => {
    const inline = inlineTasks();
    const boom = backgroundTask(
      (message: string) => {
        throw new Error(message);
      },
      { name: 'boom' },
    );
    boom('one');
    boom.with({ tt: 'async' })('two');
    echo(() => {});
    const [first, second] = await Promise.allSettled([inline.stop(), inline.stop()]);
    assert.equal(second.status, 'fulfilled');
    assert.ok(first.status === 'rejected' && first.reason instanceof AggregateError);
    assert.match(
      first.reason.message,
      /^3 tasks failed and nobody looked at them: echo \(\S+\), boom \(\S+\), boom \(\S+\)$/,
    );
    assert.deepEqual(
      first.reason.errors.map(({ message }: Error) => message),
      ['arguments[0] is a function and cannot leave the thread', 'one', 'two'],
    );
  });

  test('says nothing of failures that somebody has seen, or that were cancelled', async () => {
    const inline = inlineTasks();
    const boom = backgroundTask(() => {
      throw new Error('seen');
    });
    await assert.rejects(boom());
    const read = boom();
    await turn();
    assert.equal((read.error as Error).message, 'seen');
    const parent = backgroundTask(async () => {
      await boom().catch(() => {});
    });
    await parent();
    untilAborted.with({ tt: 'thread' })().cancel();
    await within({}, async (supervisor) => {
      supervisor.on('taskFailed', () => {});
      boom.with({ supervisor })();
      await turn();
    });
    void (async () => {
      const tasks = [boom(), boom()];
      for (const task of tasks) await task.catch(() => {}); // the second one has failed before it is looked at
    })();
    await inline.stop();
  });

  test('is what await using does at the end of the block', async () => {
    const ends: string[] = [];
    const block = async (): Promise<void> => {
      await using inline = inlineTasks();
      void inline;
      backgroundTask(() => {
        ends.push('ran');
        throw new Error('nobody looked');
      })();
    };
    await assert.rejects(block(), { message: 'nobody looked' });
    assert.deepEqual(ends, ['ran']);
    assert.equal(await isInPoolThread(), true);
  });

  test('a failure that it has thrown does not become a warning too', async () => {
    const clock = new ManualClock();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', onWarning);
    await within({ clock }, async (supervisor) => {
      const inline = inlineTasks();
      const boom = backgroundTask(() => {
        throw new Error('no');
      });
      boom.with({ supervisor })();
      await assert.rejects(inline.stop(), { message: 'no' });
      clock.advance('1h');
      await turn();
    });
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });
});
