import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import {
  BackgroundEventWorker,
  Locker,
  TaskSupervisor,
  backgroundTask,
  backgroundWorker,
  type AnyWorker,
} from 'atasker';
import { Calls, Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

type Hook = 'beforeStart' | 'afterStart' | 'beforeStop' | 'afterStop';

/** A worker with one hook that runs a function of the test once, after a call of `next`. */
class Hooked extends BackgroundEventWorker {
  readonly #hook: Hook;
  #does: (() => unknown) | null = null;

  constructor(supervisor: TaskSupervisor, hook: Hook) {
    super({ supervisor, name: hook });
    this.#hook = hook;
  }

  next(does: (worker: this) => unknown): this {
    this.#does = () => does(this);
    return this;
  }

  protected override run(): void {}

  protected override beforeStart(): unknown {
    return this.#do('beforeStart');
  }

  protected override afterStart(): unknown {
    return this.#do('afterStart');
  }

  protected override beforeStop(): unknown {
    return this.#do('beforeStop');
  }

  protected override afterStop(): unknown {
    return this.#do('afterStop');
  }

  #do(hook: Hook): unknown {
    if (hook !== this.#hook) return undefined;
    const does = this.#does;
    this.#does = null;
    return does?.();
  }
}

/** A supervisor whose errors are none. */
function withoutErrors(body: (supervisor: TaskSupervisor) => Promise<void>): () => Promise<void> {
  return () =>
    within({}, async (supervisor) => {
      const errors: unknown[] = [];
      supervisor.on('error', ({ error }) => errors.push(error));
      supervisor.on('workerFailed', ({ error }) => errors.push(error));
      await body(supervisor);
      assert.deepEqual(errors, []);
    });
}

describe('a worker that is told something by its own code', () => {
  for (const hook of ['beforeStart', 'afterStart', 'beforeStop', 'afterStop'] as const) {
    test(
      `stops itself in ${hook}, and does not wait for itself, in a second life either`,
      withoutErrors(async (supervisor) => {
        const worker = new Hooked(supervisor, hook);
        for (const life of ['first', 'second']) {
          const answers = new Calls<boolean>();
          worker.next(async () => {
            await turn();
            answers.add(await worker.stop());
          });
          worker.start();
          await worker.stop();
          await answers.reach(1);
          assert.deepEqual([answers.list, worker.info().state], [[hook === 'afterStart'], 'stopped'], life);
        }
      }),
    );
  }

  test(
    'restarts itself in its executor, with the same arguments',
    withoutErrors(async (supervisor) => {
      const calls = new Calls<unknown[]>();
      const worker = backgroundWorker(
        async (word: string) => {
          calls.add([word, worker.info().runs]);
          if (calls.list.length === 1) await worker.restart();
        },
        { supervisor, interval: '1h' },
      );
      worker.start('again');
      await calls.reach(2);
      assert.deepEqual(calls.list, [
        ['again', 1],
        ['again', 1],
      ]);
    }),
  );

  test('restarts itself in onError, which may wait for it', () =>
    within({}, async (supervisor) => {
      const restarted = new Calls<boolean>();
      const onError = async (_error: unknown, worker: AnyWorker): Promise<void> => {
        await worker.restart();
        restarted.add(worker.isStarted());
      };
      const executor = (): Promise<never> => Promise.reject(new Error('no'));
      const worker = backgroundWorker(executor, { supervisor, event: true, onError }).start();
      worker.trigger();
      await restarted.reach(1);
      assert.deepEqual(restarted.list, [true]);
    }));

  for (const hook of ['beforeStop', 'afterStop'] as const) {
    test(
      `restarts itself in ${hook}`,
      withoutErrors(async (supervisor) => {
        const started = new Calls();
        supervisor.on('workerStarted', () => started.add(1));
        const worker = new Hooked(supervisor, hook).next((self) => self.restart()).start();
        assert.equal(await worker.stop(), true);
        await started.reach(2);
        assert.equal(worker.isStarted(), true);
      }),
    );
  }

  test(
    'is stopped by a stop that comes after a restart, and restarted once by two',
    withoutErrors(async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, event: true }).start();
      worker.trigger();
      await executions.begun.reach(1);
      const ends = [worker.restart(), worker.restart(), worker.stop()];
      executions.end();
      await Promise.all(ends);
      assert.equal(worker.isStopped(), true);
      worker.start();
      let starts = 0;
      supervisor.on('workerStarted', () => (starts += 1));
      await Promise.all([worker.restart(), worker.restart()]);
      assert.deepEqual([starts, worker.isStarted()], [1, true]);
    }),
  );

  test('gets the error when its restart fails', () =>
    within({}, async (supervisor) => {
      const errors = new Calls<string>();
      supervisor.on('error', ({ error, source }) => errors.add(`${source}: ${(error as Error).message}`));
      let starts = 0;
      class Once extends BackgroundEventWorker {
        protected override beforeStart(): void {
          starts += 1;
          if (starts > 1) throw new Error('only once');
        }
        protected override run(): void {
          void this.restart();
        }
      }
      const worker = new Once({ supervisor, name: 'w' }).start();
      worker.trigger();
      await errors.reach(1);
      assert.deepEqual(errors.list, ['restart of worker w: only once']);
      await worker.stop();
      await assert.rejects(worker.restart(), { message: 'only once' });
    }));

  test(
    'of two workers whose executors stop each other, one does not wait',
    withoutErrors(async (supervisor) => {
      const begun = new Calls();
      const stop = async (other: BackgroundEventWorker): Promise<void> => {
        begun.add(1);
        await begun.reach(2);
        await other.stop();
      };
      const [a, b] = [0, 1].map((n) =>
        backgroundWorker((): Promise<void> => stop(n === 0 ? b! : a!), { supervisor, event: true }).start(),
      );
      a!.trigger();
      b!.trigger();
      await begun.reach(2);
      await Promise.all([a!.stop(), b!.stop()]);
    }),
  );

  test('waitUntilStop resolves when the worker has been stopped, and rejects in its own code', () =>
    within({}, async (supervisor) => {
      const refusals = new Calls();
      const worker = backgroundWorker(
        () => worker.waitUntilStop().catch((error: { code: string }) => refusals.add(error.code)),
        { supervisor, event: true },
      ).start();
      worker.trigger();
      await refusals.reach(1);
      assert.deepEqual(refusals.list, ['ERR_WORKER_DEADLOCK']);
      const stopped = worker.waitUntilStop();
      await worker.stop();
      await stopped;
      await worker.waitUntilStop();
    }));

  test('whose executor awaits a stop of the supervisor that waits for it is refused', async () => {
    const supervisor = new TaskSupervisor();
    const refusals = new Calls();
    const begun = new Calls();
    const stopping = new Calls();
    const worker = backgroundWorker(
      async () => {
        begun.add(1);
        await stopping.reach(1);
        await supervisor.stop().catch((error: { code: string }) => refusals.add(error.code));
      },
      { supervisor, event: true },
    ).start();
    worker.trigger();
    await begun.reach(1);
    const report = supervisor.stop();
    stopping.add(1);
    assert.deepEqual((await report).unfinished, []);
    assert.deepEqual(refusals.list, ['ERR_SUPERVISOR_STOPPED']);
  });

  test('may call tasks in its hooks while its supervisor stops', async () => {
    const supervisor = new TaskSupervisor();
    const flush = backgroundTask(() => 'flushed', { tt: 'async' });
    const results: unknown[] = [];
    new Hooked(supervisor, 'afterStop').next(async () => results.push(await flush())).start();
    await supervisor.stop();
    assert.deepEqual(results, ['flushed']);
  });

  test('asks the getters of its options once', () =>
    within({}, async (supervisor) => {
      let reads = 0;
      const options = {
        supervisor,
        event: true as const,
        get onError(): () => void {
          reads += 1;
          if (reads > 2) throw new Error('read again');
          return () => {};
        },
      };
      const worker = backgroundWorker(() => Promise.reject(new Error('no')), options).start();
      worker.trigger();
      for (let n = 0; n < 3; n += 1) await turn();
      assert.equal(worker.info().failures, 1);
    }));

  test('survives an error that cannot be read', () =>
    within({}, async (supervisor) => {
      const hostile = new Proxy(new Error('hidden'), {
        get() {
          throw new Error('no property');
        },
        getPrototypeOf() {
          throw new Error('no prototype');
        },
      });
      const warned = new Calls<string>();
      const listener = ({ message }: Error): void => warned.add(message);
      process.on('warning', listener);
      const worker = backgroundWorker(
        () => {
          throw hostile;
        },
        { supervisor, event: true, name: 'w' },
      ).start();
      worker.trigger();
      await warned.reach(1);
      process.off('warning', listener);
      assert.match(warned.list[0]!, /worker w failed, and goes on/);
      assert.equal(await worker.stop(), true);
    }));
});

describe('the code of a worker', () => {
  test('runs in the async context of the start, whoever puts or triggers, and without the locks held there', () =>
    within({}, async (supervisor) => {
      const context = new AsyncLocalStorage<string>();
      const seen = new Calls();
      const lock = new Locker({ name: 'of the starter', supervisor, timeout: 0 });
      const queue = {
        jobs: [] as number[],
        push: (job: number) => queue.jobs.push(job),
        shift: () => (seen.add(context.getStore()), queue.jobs.shift()),
        get size() {
          return queue.jobs.length;
        },
      };
      const worker = backgroundWorker(
        (_job: number) => {
          const isFree = lock.run(() => true).catch(() => false);
          return isFree.then((free) => seen.add([context.getStore(), free]));
        },
        { supervisor, queue },
      );
      await lock.run(async () => {
        context.run('start', () => worker.start());
        await context.run('put', () => worker.put(1));
        await seen.reach(2);
      });
      assert.deepEqual(seen.list, ['start', ['start', false]]);
      await worker.put(2);
      await seen.reach(4);
      assert.deepEqual(seen.list.slice(2), ['start', ['start', true]]);
    }));
});
