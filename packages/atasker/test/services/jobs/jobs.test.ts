import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { backgroundTask, Locker, TaskSupervisor, type AsyncJobOptions } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Calls, Executions } from '../../support/calls.ts';
import { collect, turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { square } from '../../tasks/workers.ts';

function withClock(body: (supervisor: TaskSupervisor, clock: ManualClock) => Promise<void>): () => Promise<void> {
  return async () => {
    const clock = new ManualClock();
    await within({ clock }, (supervisor) => body(supervisor, clock));
  };
}

/** How many timers of Node.js are made meanwhile. */
function countTimers(body: () => void): number {
  let made = 0;
  const hook = createHook({ init: (_id, type) => void (type === 'Timeout' && (made += 1)) }).enable();
  body();
  hook.disable();
  return made;
}

async function pass(clock: ManualClock, ...steps: number[]): Promise<void> {
  for (const ms of steps) {
    clock.advance(ms);
    await turn();
    await turn();
  }
}

describe('an async job', () => {
  test(
    'runs at once, then from start to start, with its arguments; the job is there at once',
    withClock(async (supervisor, clock) => {
      const runs: unknown[] = [];
      const target = (...args: unknown[]): void => void runs.push([clock.now(), ...args]);
      const job = supervisor.createAsyncJob({ target, args: ['a', 1], interval: '1s' });
      assert.deepEqual([job.runs, job.isActive], [0, true]);
      await pass(clock, 0, 999, 1, 1000);
      assert.deepEqual(runs, [
        [0, 'a', 1],
        [1000, 'a', 1],
        [2000, 'a', 1],
      ]);
      assert.equal(job.runs, 3);
    }),
  );

  test(
    'gets kwargs as its last argument',
    withClock(async (supervisor, clock) => {
      const runs: unknown[] = [];
      const target = (a: number, options: { readonly x: number }): void => void runs.push([a, options]);
      supervisor.createAsyncJob({ target, args: [1], kwargs: { x: 2 } });
      await pass(clock, 0);
      assert.deepEqual(runs, [[1, { x: 2 }]]);
      assert.throws(() => supervisor.createAsyncJob({ target, args: [1], kwargs: 2 as never }), {
        code: 'ERR_INVALID_OPTION',
      });
    }),
  );

  test(
    'timer delays the first run, and number limits the runs',
    withClock(async (supervisor, clock) => {
      const at: number[] = [];
      const note = (): void => void at.push(clock.now());
      const limited = supervisor.createAsyncJob({ target: note, timer: '5s', interval: '1s', number: 2 });
      const once = supervisor.createAsyncJob({ target: note, timer: '60d' });
      await pass(clock, 4999, 1, 1000, 1000, 1000);
      assert.deepEqual([at, limited.isActive, limited.runs], [[5000, 6000], false, 2]);
      await pass(clock, 60 * 86_400_000 - 8001);
      assert.deepEqual([at.length, once.isActive], [2, true]);
      await pass(clock, 1, 86_400_000);
      assert.deepEqual([at.length, once.isActive, once.runs], [3, false, 1]);
    }),
  );

  test(
    'may run while it still runs',
    withClock(async (supervisor, clock) => {
      const executions = new Executions();
      supervisor.createAsyncJob({ target: executions.execute, interval: '1s' });
      await pass(clock, 0, 1000, 1000);
      assert.equal(executions.open, 3);
      assert.equal(supervisor.getInfo().jobSchedulers[0]!.running, 3);
      for (let n = 0; n < 3; n += 1) executions.end();
    }),
  );

  test(
    'cancel takes back all further runs, once; cancelAsyncJob does the same',
    withClock(async (supervisor, clock) => {
      const runs = new Calls();
      const jobs = [1, 2].map(() => supervisor.createAsyncJob({ target: () => runs.add(1), interval: '1s' }));
      await pass(clock, 0);
      assert.deepEqual([jobs[0]!.cancel(), jobs[0]!.cancel()], [true, false]);
      assert.deepEqual([supervisor.cancelAsyncJob({ job: jobs[1]! }), jobs[1]!.isActive], [true, false]);
      await pass(clock, 10_000);
      assert.equal(runs.list.length, 2);
      assert.equal(supervisor.getInfo().jobSchedulers[0]!.jobs, 0);
    }),
  );

  test(
    'shares one timer with 100,000 others',
    withClock(async (supervisor, clock) => {
      supervisor.start();
      const before = clock.pending;
      let runs = 0;
      for (let n = 0; n < 100_000; n += 1) {
        supervisor.createAsyncJob({ target: () => void (runs += 1), timer: 1000 + n, interval: '1h' });
      }
      assert.equal(clock.pending - before, 1);
      await pass(clock, 101_000);
      assert.equal(runs, 100_000);
      assert.ok(clock.pending <= 2);
    }),
  );

  test('shares one timer of Node.js with 100,000 others', () =>
    within({}, async (supervisor) => {
      supervisor.start();
      const before = countTimers(() => supervisor.createAsyncJob({ target: () => {}, timer: '1h', interval: '1h' }));
      const more = countTimers(() => {
        for (let n = 1; n < 100_000; n += 1) {
          supervisor.createAsyncJob({ target: () => {}, timer: 3_600_000 + n, interval: '1h' });
        }
      });
      assert.ok(before > 0 && before <= 2, `${before} timers for one job, one of which keeps the program alive`);
      assert.equal(more, 0);
    }));

  test(
    'by cron runs at the times of the expression',
    withClock(async (supervisor, clock) => {
      const runs = new Calls<number>();
      const target = (): void => runs.add(clock.now());
      const job = supervisor.createAsyncJob({ target, cron: '*/10 * * * * *', timezone: 'UTC' });
      const canceled = supervisor.createAsyncJob({ target, cron: '* * * * * *' });
      canceled.cancel();
      while (clock.pending === 0) await turn(); // croner is being loaded
      await pass(clock, ...Array.from({ length: 20 }, () => 1000));
      assert.deepEqual(runs.list, [10_000, 20_000]);
      job.cancel();
    }),
  );

  test(
    'runs in the async context of the call that made it, without the task and the locks around it',
    withClock(async (supervisor, clock) => {
      const context = new AsyncLocalStorage<string>();
      const seen = new Calls();
      const lock = new Locker({ name: 'of the maker', supervisor, timeout: 0 });
      const look = async (): Promise<void> => {
        const isFree = await lock.run(() => true).catch(() => false);
        seen.add([context.getStore(), isFree]);
      };
      supervisor.createAsyncJob({ target: () => {}, interval: '1s' });
      await lock.run(() => context.run('first', () => void supervisor.createAsyncJob({ target: look })));
      context.run('second', () => supervisor.createAsyncJob({ target: look }));
      const holder = lock.acquire();
      await pass(clock, 0);
      await seen.reach(2);
      assert.deepEqual(seen.list, [
        ['first', false],
        ['second', false],
      ]);
      (await holder).release();
      await lock.run(async () => {
        context.run('third', () => supervisor.createAsyncJob({ target: look }));
        await pass(clock, 0);
        await seen.reach(3);
      });
      assert.deepEqual(seen.list[2], ['third', false]);
    }),
  );

  test(
    'that throws each time is one process warning, with its name',
    withClock(async (supervisor, clock) => {
      const warnings = new Calls<string>();
      const listener = ({ message }: Error): void => warnings.add(message);
      process.on('warning', listener);
      const poll = (): never => {
        throw new Error('down');
      };
      supervisor.createAsyncJob({ target: poll, interval: '10ms' });
      supervisor.createAsyncJob({
        target: backgroundTask(() => Promise.reject(new Error('late')), { tt: 'async', name: 'sync' }),
        interval: '10ms',
      });
      await pass(clock, ...Array.from({ length: 20 }, () => 10));
      process.off('warning', listener);
      assert.deepEqual(warnings.list, [
        'job poll of scheduler default threw: down',
        'job sync of scheduler default threw: late',
      ]);
      assert.equal(supervisor.getInfo().jobSchedulers[0]!.failures, 40);
    }),
  );

  test('may be a task function, whose task is one of the supervisor', () =>
    within({}, async (supervisor) => {
      const ended = collect(supervisor, 'taskCompleted', 1);
      supervisor.createAsyncJob({ target: square, args: [3] });
      const [end] = await ended;
      assert.deepEqual(end!.task.result, { square: 9, inPool: true, priority: 'normal' });
    }));

  test(
    'that throws, or whose expression only croner can refuse, is told on the event error, and goes on',
    withClock(async (supervisor, clock) => {
      const errors = new Calls<string>();
      supervisor.on('error', ({ error, source }) => errors.add(`${source}: ${(error as Error).message}`));
      supervisor.createAsyncJobScheduler('s', { default: true });
      const target = (): never => {
        throw new Error('no');
      };
      supervisor.createAsyncJob({ target, interval: '1s' });
      await pass(clock, 0, 1000);
      assert.deepEqual(errors.list, ['job target of scheduler s: no', 'job target of scheduler s: no']);
      assert.equal(supervisor.getInfo().jobSchedulers[0]!.failures, 2);
      const wrong = supervisor.createAsyncJob({ target, cron: '5-1 * * * *' });
      await errors.reach(3);
      assert.match(errors.list[2]!, /^cron of job target of scheduler s: .*5-1/);
      assert.equal(wrong.isActive, false);
    }),
  );

  const target = (): void => {};
  for (const [what, options, message] of [
    ['no function', { target: 'x' }, /target/],
    ['an unknown option', { target, every: '1s' }, /every/],
    ['no interval', { target, interval: 0 }, /interval/],
    ['interval and cron', { target, interval: 1, cron: '* * * * *' }, /cron cannot be combined with interval or timer/],
    ['timer and cron', { target, timer: 1, cron: '* * * * *' }, /cron cannot be combined with interval or timer/],
    ['a time zone alone', { target, timezone: 'UTC' }, /timezone can only be used with cron/],
    ['a number below 1', { target, number: 0 }, /number/],
    ['arguments that are no array', { target, args: 1 }, /args/],
    ['a scheduler that does not exist', { target, scheduler: 'nobody' }, /no job scheduler 'nobody'/],
  ] as const) {
    test(`refuses ${what} at the call`, () =>
      within({}, async (supervisor) => {
        assert.throws(() => supervisor.createAsyncJob(options as unknown as AsyncJobOptions), {
          code: 'ERR_INVALID_OPTION',
          message,
        });
        assert.deepEqual(supervisor.getInfo().jobSchedulers, []);
      }));
  }
});

describe('a job scheduler', () => {
  test('has a unique name; jobs go to the one that is named, or to the default one', () =>
    within({}, async (supervisor) => {
      const own = supervisor.createAsyncJobScheduler('own');
      assert.throws(() => supervisor.createAsyncJobScheduler('own'), { code: 'ERR_NAME_IN_USE' });
      assert.throws(() => supervisor.createAsyncJobScheduler(''), { code: 'ERR_INVALID_OPTION' });
      supervisor.createAsyncJobScheduler('first', { default: true });
      supervisor.createAsyncJobScheduler('second', { default: true });
      const target = (): void => {};
      supervisor.createAsyncJob({ target, timer: '1h' });
      supervisor.createAsyncJob({ target, timer: '1h', scheduler: 'own' });
      supervisor.createAsyncJob({ target, timer: '1h', scheduler: own });
      own.createAsyncJob({ target, timer: '1h' });
      const { jobSchedulers } = supervisor.getInfo();
      assert.deepEqual(
        jobSchedulers.map(({ name, isDefault, jobs }) => [name, isDefault, jobs]),
        [
          ['own', false, 3],
          ['first', false, 0],
          ['second', true, 1],
        ],
      );
      await own.stop();
      assert.throws(() => own.createAsyncJob({ target }), { code: 'ERR_SUPERVISOR_STOPPED' });
      supervisor.createAsyncJobScheduler('own');
    }));

  test('ends with its supervisor: no further run begins, and stop waits for the current runs', async () => {
    const supervisor = new TaskSupervisor();
    const executions = new Executions();
    const job = supervisor.createAsyncJob({ target: executions.execute, interval: '1h' });
    await executions.begun.reach(1);
    let hasStopped = false;
    const stopping = supervisor.stop().then((report) => {
      hasStopped = true;
      return report;
    });
    await turn();
    assert.deepEqual([hasStopped, job.isActive], [false, false]);
    executions.end();
    assert.deepEqual((await stopping).unfinished, []);
    assert.deepEqual(supervisor.getInfo().jobSchedulers, []);
    assert.throws(() => supervisor.createAsyncJob({ target: () => {} }), { code: 'ERR_SUPERVISOR_STOPPED' });
  });
});

describe('a scheduler of your own', () => {
  test('is started when it is registered, and stopped with the supervisor', async () => {
    const supervisor = new TaskSupervisor();
    const log: string[] = [];
    let end = (): void => {};
    const scheduler = {
      loop(): Promise<void> {
        log.push('loop');
        return new Promise<void>((resolve) => (end = resolve)).then(() => void log.push('loop ended'));
      },
      stop(): void {
        log.push('stop');
        end();
      },
    };
    supervisor.registerScheduler(scheduler);
    supervisor.registerScheduler(scheduler);
    await supervisor.stop();
    assert.deepEqual(log, ['loop', 'stop', 'loop ended']);
    assert.equal(supervisor.unregisterScheduler(scheduler), false);
  });

  test('is not stopped with stopSchedulers: false, or after it was unregistered', async () => {
    const supervisor = new TaskSupervisor();
    const stops: string[] = [];
    const [kept, back] = ['kept', 'back'].map((name) => ({ stop: () => stops.push(name) }));
    supervisor.registerScheduler(kept!);
    supervisor.registerScheduler(back!);
    assert.equal(supervisor.unregisterScheduler(back!), true);
    await supervisor.stop({ stopSchedulers: false });
    assert.deepEqual(stops, []);
    supervisor.start();
    await supervisor.stop();
    assert.deepEqual(stops, ['kept']);
  });

  for (const where of ['loop', 'stop'] as const) {
    test(`that awaits the stop of its supervisor in its ${where} does not wait for itself`, async () => {
      const supervisor = new TaskSupervisor();
      const errors: unknown[] = [];
      supervisor.on('error', ({ error }) => errors.push((error as { code?: unknown }).code));
      const awaitStop = async (): Promise<void> => {
        await Promise.resolve();
        await supervisor.stop();
      };
      supervisor.registerScheduler({ stop() {}, [where]: awaitStop });
      const stopped = supervisor.block();
      if (where === 'stop') await supervisor.stop();
      await stopped;
      assert.deepEqual(errors, where === 'stop' ? ['ERR_SUPERVISOR_STOPPED'] : []); // other code has stopped it
    });
  }

  test('that fails is reported, and does not affect the supervisor', async () => {
    const supervisor = new TaskSupervisor();
    const errors: string[] = [];
    supervisor.on('error', ({ error, source }) => errors.push(`${source}: ${(error as Error).message}`));
    supervisor.registerScheduler({
      loop: () => Promise.reject(new Error('1')),
      stop() {
        throw new Error('2');
      },
    });
    await supervisor.stop();
    assert.deepEqual(errors.toSorted(), ['loop of a scheduler: 1', 'stop of a scheduler: 2']);
    assert.throws(() => supervisor.registerScheduler({} as never), {
      name: 'TypeError',
      code: 'ERR_INVALID_OPTION',
      message: 'registerScheduler takes an object with a function stop, got {}',
    });
    assert.throws(() => supervisor.registerScheduler({ stop() {} }), { code: 'ERR_SUPERVISOR_STOPPED' });
  });
});
