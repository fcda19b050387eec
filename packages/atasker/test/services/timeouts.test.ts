import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, backgroundWorker, BackgroundWorker, isTaskError, type AsyncJob } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Calls, Executions } from '../support/calls.ts';
import { collect, turn } from '../support/events.ts';
import '../support/leaks.ts';
import { within as withinAnyTime } from '../support/within.ts';
import { spin } from '../tasks/workers.ts';

async function pass(clock: ManualClock, ...steps: number[]): Promise<void> {
  for (const ms of steps) {
    clock.advance(ms);
    for (let turns = 0; turns < 3; turns += 1) await turn();
  }
}

/** Executions that a test leaves open end with it: otherwise a failed assertion would show as a test that hangs. */
const within: typeof withinAnyTime = (options, body) =>
  withinAnyTime(options, async (supervisor) => {
    try {
      return await body(supervisor);
    } finally {
      void supervisor.stop({ cancelTasks: true });
      if (options.clock instanceof ManualClock) await pass(options.clock, 0, 10_000);
    }
  });

const codes = (errors: unknown[]): unknown[] =>
  errors.map((error) => (isTaskError(error) ? error.code : (error as Error).message));

const HOUR = 3_600_000;

describe('timeout of a worker', () => {
  for (const kind of ['loop', 'event', 'interval', 'queue'] as const) {
    test(`a function that ignores it fails in time, and does not run beside itself (${kind})`, async () => {
      const clock = new ManualClock();
      await within({ clock }, async (supervisor) => {
        const executions = new Executions();
        const errors: unknown[] = [];
        const common = { supervisor, timeout: '1s', onError: (error: unknown) => errors.push(error) } as const;
        const run = (_job?: string): unknown => executions.execute();
        const worker =
          kind === 'loop'
            ? backgroundWorker(run, common).start()
            : kind === 'interval'
              ? backgroundWorker(run, { ...common, interval: '2s' }).start()
              : kind === 'event'
                ? backgroundWorker(run, { ...common, event: true }).start()
                : backgroundWorker(run, { ...common, queue: true }).start();
        const ask = (): void => {
          if ('put' in worker) void worker.put('job');
          else if ('trigger' in worker) worker.trigger(kind === 'event' ? { force: true } : {});
        };
        ask();
        await pass(clock, 0, 999);
        assert.deepEqual([errors, worker.info().failures], [[], 0]);
        await pass(clock, 1);
        assert.deepEqual([codes(errors), worker.info().failures], [['ERR_TASK_TIMEOUT'], 1]);
        ask();
        await pass(clock, HOUR + 500);
        assert.deepEqual([executions.begun.list.length, worker.info().running], [1, 1]);
        executions.end();
        await pass(clock, 0, 500);
        assert.deepEqual([executions.begun.list.length, worker.info().running], [2, 1]);
        assert.equal(errors.length, 1, 'an execution fails once');
        const stopped = worker.stop();
        executions.end();
        await stopped;
      });
    });
  }

  test('its signal aborts with the error; a function that obeys has failed once, and its false does not count', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const errors: unknown[] = [];
      const seen: unknown[] = [];
      const worker = backgroundWorker(
        async function obey() {
          const { signal } = worker;
          const heard = await new Promise((resolve) =>
            signal!.addEventListener('abort', () => resolve(worker.signal === signal)),
          );
          seen.push(signal!.reason, heard && worker.signal === signal);
          if (seen.length === 2) signal!.throwIfAborted();
          return false;
        },
        { supervisor, interval: '5s', timeout: 100, onError: (error: unknown) => errors.push(error) },
      ).start();
      assert.equal(worker.signal, undefined, 'this code is no execution');
      await pass(clock, 0, 100, 4900, 100);
      assert.deepEqual(codes(errors), ['ERR_TASK_TIMEOUT', 'ERR_TASK_TIMEOUT']);
      assert.deepEqual(seen, [errors[0], true, errors[1], true]);
      assert.match(String(errors[0]), /^TimeoutError: worker obey ran longer than 100 ms$/);
      const { failures, running } = worker.info();
      assert.deepEqual([failures, running, worker.isStarted()], [2, 0, true]);
    });
  });

  test('what else a function throws after it is reported as the event error', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const executions = new Executions();
      const reported = collect(supervisor, 'error', 1);
      backgroundWorker(executions.execute, { supervisor, event: true, timeout: 10, onError: () => {} })
        .start()
        .trigger();
      await pass(clock, 0, 10);
      executions.end(new Error('much later'));
      assert.deepEqual(codes((await reported).map(({ error }) => error)), ['much later']);
    });
  });

  test('each of several jobs has a signal of its own, and frees its place when its function ends', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const signals: AbortSignal[] = [];
      const executions = new Executions();
      const run = (job: string): Promise<unknown> => {
        signals.push(worker.signal!);
        return executions.execute(job);
      };
      const failed: unknown[] = [];
      const worker = backgroundWorker(run, {
        supervisor,
        queue: true,
        concurrency: 2,
        timeout: 100,
        onError: (_error, _worker, job) => failed.push(job),
      }).start();
      await worker.put('a');
      await pass(clock, 0, 60);
      await worker.put('b');
      await worker.put('c');
      await pass(clock, 0, 40);
      assert.deepEqual([signals.map(({ aborted }) => aborted), failed], [[true, false], ['a']]);
      executions.end();
      await pass(clock, 0);
      assert.deepEqual(executions.begun.list, [['a'], ['b'], ['c']]);
      executions.end();
      executions.end();
      await pass(clock, 0, 1000);
      assert.deepEqual([worker.info().failures, failed], [1, ['a']]);
    });
  });

  test('is inherited by a method, and may differ from start to start; there is no signal without it', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const seen = new Calls<AbortSignal | undefined>();
      class Look extends BackgroundWorker {
        protected override run(): Promise<void> {
          seen.add(this.signal);
          return new Promise(() => {});
        }
      }
      new Look({ supervisor }).start();
      new Look({ supervisor }).with({ timeout: '1m' }).start();
      await seen.reach(2);
      assert.deepEqual([seen.list[0], seen.list[1]!.aborted], [undefined, false]);
      assert.throws(() => new Look({ timeout: '1 minute' as never }), { code: 'ERR_INVALID_OPTION' });
    });
  });

  test('an async task that ignores it fails in time, and does not run beside itself', async () => {
    const clock = new ManualClock();
    await within({ clock, cancelGrace: 50 }, async (supervisor) => {
      const executions = new Executions();
      const errors: unknown[] = [];
      const ignore = backgroundTask(() => executions.execute(), { tt: 'async', name: 'ignore' });
      const options = { supervisor, timeout: 100, onError: (error: unknown) => errors.push(error) };
      const worker = backgroundWorker(ignore, options).start();
      await pass(clock, 0, 100, 50);
      assert.deepEqual(codes(errors), ['ERR_TASK_TIMEOUT']);
      await pass(clock, HOUR);
      assert.deepEqual([executions.begun.list.length, worker.info().running], [1, 1]);
      executions.end();
      await pass(clock, 0, 50);
      assert.deepEqual([executions.begun.list.length, worker.info().failures], [2, 1]);
      const stopped = worker.stop();
      executions.end();
      await stopped;
    });
  });

  test('a thread in an endless loop is ended, and the worker goes on', () =>
    within({ cancelGrace: 0 }, async (supervisor) => {
      const errors = new Calls();
      const worker = backgroundWorker(spin, { supervisor, timeout: 50, onError: (error) => errors.add(error) });
      worker.start();
      await errors.reach(2);
      assert.deepEqual(codes(errors.list.slice(0, 2)), ['ERR_TASK_TIMEOUT', 'ERR_TASK_TIMEOUT']);
      await worker.stop();
    }));
});

describe('timeout of a job', () => {
  test('its run fails in time and its signal aborts; runs may overlap, as ever', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const errors: unknown[] = [];
      supervisor.on('error', ({ error }) => errors.push(error));
      const executions = new Executions();
      const signals: (AbortSignal | undefined)[] = [];
      const target = (): unknown => {
        signals.push(job.signal);
        return executions.execute();
      };
      const job: AsyncJob = supervisor.createAsyncJob({ target, interval: '1s', timeout: 500, number: 2 });
      assert.equal(job.signal, undefined);
      await pass(clock, 0, 499);
      assert.deepEqual([errors.length, signals[0]!.aborted], [0, false]);
      await pass(clock, 1);
      assert.deepEqual([codes(errors), signals[0]!.aborted], [['ERR_TASK_TIMEOUT'], true]);
      await pass(clock, 500, 100);
      assert.deepEqual([executions.open, signals[1]!.aborted], [2, false]);
      executions.end();
      executions.end();
      await pass(clock, 0, HOUR);
      assert.equal(errors.length, 1);
      const { failures, running } = supervisor.getInfo().jobSchedulers[0]!;
      assert.deepEqual([failures, running], [1, 0]);
    });
  });

  test('ends a task in a thread', () =>
    within({ cancelGrace: 0 }, async (supervisor) => {
      const reported = collect(supervisor, 'error', 1);
      supervisor.createAsyncJob({ target: spin, timeout: 50 });
      assert.deepEqual(codes((await reported).map(({ error }) => error)), ['ERR_TASK_TIMEOUT']);
    }));
});
