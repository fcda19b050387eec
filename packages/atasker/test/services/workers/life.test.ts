import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BackgroundEventWorker,
  BackgroundIntervalWorker,
  BackgroundQueueWorker,
  BackgroundWorker,
  TaskSupervisor,
  backgroundWorker,
  setTaskSupervisor,
  taskSupervisor,
} from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Calls, Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { startStopContract } from '../../support/start-stop.ts';
import { within } from '../../support/within.ts';

describe('backgroundWorker', () => {
  test('picks the class by the options', () => {
    const fn = (): void => {};
    assert.ok(backgroundWorker(fn) instanceof BackgroundWorker);
    assert.ok(backgroundWorker(fn, { queue: true }) instanceof BackgroundQueueWorker);
    assert.ok(backgroundWorker(fn, { event: true }) instanceof BackgroundEventWorker);
    assert.ok(backgroundWorker(fn, { interval: '1s' }) instanceof BackgroundIntervalWorker);
    assert.ok(backgroundWorker(fn, { delay: '1s' }) instanceof BackgroundIntervalWorker);
    assert.ok(backgroundWorker(fn, { delayBefore: '1s' }) instanceof BackgroundIntervalWorker);
    assert.ok(backgroundWorker(fn, { cron: '* * * * *' }) instanceof BackgroundIntervalWorker);
  });

  const fn = (): void => {};
  for (const [what, options, message] of [
    ['an unknown option', { intervall: '1s' }, /has no option intervall/],
    ['another name of interval', { every: '1s' }, /has no option every; did you mean interval\?/],
    ['what names no kind', { somewhat: 1 }, /known are queue, event, interval, delay, delayBefore, cron, name/],
    ['an option of another kind', { concurrency: 2 }, /has no option concurrency/],
    ['two timings', { interval: '1s', delay: '1s' }, /one of interval, delay, delayBefore and cron/],
    ['cron and delayBefore', { cron: '* * * * *', delayBefore: '1s' }, /one of interval, delay, delayBefore and cron/],
    ['no interval at all', { interval: 0 }, /interval must be 1 ms or more, got 0/],
    ['a fraction', { interval: 0.1 }, /interval 0.1: numbers are milliseconds; write '100ms'/],
    ['a wrong priority', { priority: 'urgent' }, /priority must be one of/],
    ['a queue that is none', { queue: {} }, /queue must be true, or have push, shift and size/],
    ['no concurrency', { queue: true, concurrency: 0 }, /concurrency must be an integer of 1 or more/],
    ['no room', { queue: true, maxSize: 0 }, /maxSize must be an integer of 1 or more/],
    ['a negation', { event: false }, /event must be true, got false/],
    ['a wrong handler', { onError: 'log' }, /onError must be a function/],
    ['a wrong supervisor', { supervisor: {} }, /supervisor must be a TaskSupervisor/],
    ['a time zone without cron', { interval: '1s', timezone: 'UTC' }, /timezone can only be used with cron/],
    ['a wrong time zone', { cron: '@daily', timezone: 'Mars/Base' }, /timezone must be a time zone/],
    ['a wrong cron expression', { cron: '61 * * * *' }, /the minute must be 0 to 59/],
    ['no cron expression', { cron: 'tomorrow' }, /cron must be an expression such as/],
    ['no options', null, /must be an object, got null/],
  ] as const) {
    test(`refuses ${what} at the call`, () => {
      assert.throws(() => backgroundWorker(fn, options as never), { code: 'ERR_INVALID_OPTION', message });
    });
  }

  test('refuses values that are not functions, and wrong options of with, stop and trigger', async () => {
    assert.throws(() => backgroundWorker('x' as never), { code: 'ERR_INVALID_OPTION' });
    const worker = backgroundWorker(fn, { event: true });
    assert.throws(() => worker.with({ delay: 1 } as never), { code: 'ERR_INVALID_OPTION' });
    assert.throws(() => backgroundWorker(fn, { queue: true }).with({ maxSize: 1 } as never), {
      code: 'ERR_INVALID_OPTION',
    });
    assert.throws(() => worker.trigger({ force: 1 } as never), { code: 'ERR_INVALID_OPTION' });
    await assert.rejects(worker.stop({ wait: -1 }), { code: 'ERR_INVALID_OPTION' });
  });
});

describe('the life of a worker:', () => {
  test('hooks are called in order, and a promise of beforeStart and afterStop is awaited', () =>
    within({}, async (supervisor) => {
      const log: string[] = [];
      class Logged extends BackgroundEventWorker {
        note(hook: string): void {
          log.push(`${hook}: ${this.isActive() ? 'active' : 'inactive'}, ${this.info().state}`);
        }
        protected override async beforeStart(): Promise<void> {
          await turn();
          this.note('beforeStart');
        }
        protected override afterStart(): void {
          this.note('afterStart');
        }
        protected override beforeStop(): void {
          this.note('beforeStop');
        }
        protected override async afterStop(): Promise<void> {
          await turn();
          this.note('afterStop');
        }
      }
      const worker = new Logged({ supervisor }).start();
      assert.deepEqual([worker.isActive(), worker.isStarted(), worker.isStopped()], [true, false, false]);
      const started = new Calls();
      supervisor.on('workerStarted', () => started.add(1));
      await started.reach(1);
      assert.equal(worker.isStarted(), true);
      await worker.stop();
      assert.deepEqual(log, [
        'beforeStart: active, starting',
        'afterStart: active, started',
        'beforeStop: inactive, stopping',
        'afterStop: inactive, stopping',
      ]);
      assert.equal(worker.isStopped(), true);
    }));

  test('a stop during the start waits for it, and then executes nothing', () =>
    within({}, async (supervisor) => {
      const log: string[] = [];
      class Slow extends BackgroundWorker {
        protected override async beforeStart(): Promise<void> {
          await turn();
          log.push('beforeStart');
        }
        protected override run(): void {
          log.push('run');
        }
        protected override afterStop(): void {
          log.push('afterStop');
        }
      }
      await new Slow({ supervisor }).start().stop();
      assert.deepEqual(log, ['beforeStart', 'afterStop']);
    }));

  test('a beforeStart that throws fails the start; one that rejects is reported', () =>
    within({}, async (supervisor) => {
      const failed = new Calls();
      const stopped = new Calls<string>();
      supervisor.on('workerStopped', ({ reason }) => stopped.add(reason));
      class Broken extends BackgroundWorker {
        #how: 'throws' | 'rejects' = 'throws';
        fail(how: 'throws' | 'rejects'): this {
          this.#how = how;
          return this;
        }
        protected override beforeStart(): unknown {
          if (this.#how === 'throws') throw new Error('now');
          return Promise.reject(new Error('later'));
        }
      }
      const worker = new Broken({ supervisor, onError: (error) => failed.add((error as Error).message) });
      assert.throws(() => worker.start(), { message: 'now' });
      await worker.stop();
      worker.fail('rejects').start();
      await stopped.reach(2);
      assert.deepEqual([failed.list, stopped.list], [['later'], ['startFailed', 'startFailed']]);
      assert.equal(worker.isStopped(), true);
    }));

  test('other hooks that fail are reported, and have no further effect', () =>
    within({}, async (supervisor) => {
      const errors: string[] = [];
      supervisor.on('error', ({ error, source }) => errors.push(`${source}: ${(error as Error).message}`));
      class Clumsy extends BackgroundEventWorker {
        protected override afterStart(): void {
          throw new Error('1');
        }
        protected override beforeStop(): Promise<void> {
          return Promise.reject(new Error('2'));
        }
        protected override afterStop(): void {
          throw new Error('3');
        }
      }
      assert.equal(await new Clumsy({ supervisor, name: 'c' }).start().stop(), true);
      assert.deepEqual(errors, ['afterStart of worker c: 1', 'beforeStop of worker c: 2', 'afterStop of worker c: 3']);
    }));

  test('a second start and a second stop are allowed; a start during the stop is not', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor }).start(1).start(2);
      await executions.begun.reach(1);
      const stops = [worker.stop(), worker.stop()];
      assert.throws(() => worker.start(), { code: 'ERR_WORKER_STOPPING' });
      executions.end();
      assert.deepEqual(await Promise.all(stops), [true, true]);
      assert.equal(await worker.stop(), true);
      assert.deepEqual(executions.begun.list, [[1]]);
    }));

  test('stop waits as long as its options say', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor }).start();
      await executions.begun.reach(1);
      const stopping = worker.stop({ wait: '1s' });
      clock.advance('1s');
      assert.equal(await stopping, false);
      assert.equal(await worker.stop({ wait: false }), false);
      assert.equal(worker.isStopped(), false);
      const early = worker.stop({ wait: '1s' });
      executions.end();
      assert.equal(await early, true);
      assert.equal(clock.pending <= 1, true);
    });
  });

  test('restart stops it and starts it with the same arguments and options', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor });
      await worker.restart();
      assert.equal(worker.isStopped(), true);
      worker.with({ name: 'other' }).start('x');
      await executions.begun.reach(1);
      const restarting = worker.restart();
      executions.end();
      await restarting;
      assert.equal(worker.name, 'other');
      await executions.begun.reach(2);
      assert.deepEqual(executions.begun.list, [['x'], ['x']]);
      const stopping = worker.stop();
      executions.end();
      await stopping;
      assert.equal(worker.name, 'execute');
    }));

  test('await using stops it', () =>
    within({}, async (supervisor) => {
      let seen: BackgroundEventWorker;
      {
        await using worker = backgroundWorker(() => {}, { supervisor, event: true }).start();
        seen = worker;
        assert.equal(seen.isStarted(), true);
      }
      assert.equal(seen.isStopped(), true);
    }));

  test('a chosen name is unique in its supervisor while it is active, another one is made unique', () =>
    within({}, (supervisor) =>
      within({}, async (other) => {
        const fn = function poll(): void {};
        const options = { supervisor, name: 'poller', event: true } as const;
        const first = backgroundWorker(fn, options).start();
        const second = backgroundWorker(fn, options);
        assert.throws(() => second.start(), { code: 'ERR_NAME_IN_USE', message: /worker named poller/ });
        assert.equal(second.isStopped(), true);
        backgroundWorker(fn, { ...options, supervisor: other }).start();
        await first.stop();
        second.start();
        const unnamed = [1, 2].map(() => backgroundWorker(fn, { supervisor, event: true }).start());
        assert.deepEqual(
          unnamed.map(({ name }) => name),
          ['poll', 'poll-2'],
        );
        assert.equal(backgroundWorker(() => {}).name, 'worker');
        assert.equal(
          new (class Own extends BackgroundWorker {
            protected override run = fn;
          })().name,
          'Own',
        );
      }),
    ));

  test('without a supervisor it belongs to the default one at its start', () =>
    within({}, async (supervisor) => {
      const worker = backgroundWorker(() => {}, { event: true });
      setTaskSupervisor(supervisor);
      try {
        worker.start();
      } finally {
        setTaskSupervisor(taskSupervisor);
      }
      assert.equal(supervisor.getInfo().workers.length, 1);
      assert.equal(taskSupervisor.getInfo().workers.length, 0);
    }));

  test('pause and resume of a worker that is not active do nothing; a worker that starts may be paused', () =>
    within({}, async (supervisor) => {
      const calls = new Calls();
      class Slow extends BackgroundWorker {
        protected override beforeStart(): Promise<void> {
          return turn();
        }
        protected override run(): boolean {
          calls.add(1);
          return false;
        }
      }
      const worker = new Slow({ supervisor });
      worker.pause();
      worker.resume();
      worker.start();
      worker.pause();
      for (let n = 0; n < 4; n += 1) await turn();
      assert.deepEqual([worker.isStarted(), calls.list.length], [true, 0]);
      worker.resume();
      await calls.reach(1);
    }));
});

/** A supervisor of its own, so that the contract can check what is left in it. */
function contractOf(make: (supervisor: TaskSupervisor) => BackgroundWorker | BackgroundQueueWorker): void {
  const name = make(new TaskSupervisor()).constructor.name;
  startStopContract(
    `a ${name}`,
    () => {
      const supervisor = new TaskSupervisor();
      const worker = make(supervisor);
      return {
        start: () => void worker.start(),
        async stop() {
          await worker.stop();
          if (worker.isStopped()) await supervisor.stop();
          if (worker.isStopped()) supervisor.start();
        },
        work: () => void (worker instanceof BackgroundQueueWorker && worker.put(1)),
        resize: () => worker.pause(),
        get left() {
          return supervisor.getInfo().workers.length;
        },
      };
    },
    50,
  );
}

contractOf((supervisor) => backgroundWorker(() => {}, { supervisor }));
contractOf((supervisor) => backgroundWorker((_job: unknown) => turn(), { supervisor, queue: true }));
