import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, BackgroundQueueWorker, backgroundWorker } from 'atasker';
import { Calls, Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

async function turns(count = 5): Promise<void> {
  for (let n = 0; n < count; n += 1) await turn();
}

describe('a worker with replace', () => {
  test('starts when no code of the worker with its name runs any more, and nothing runs twice', () =>
    within({}, async (supervisor) => {
      const old = new Executions();
      const events: string[] = [];
      supervisor.on('workerStopped', ({ worker, reason }) => events.push(`${worker.name} ${reason}`));
      supervisor.on('workerStarted', ({ worker }) => events.push(`${worker.name} started`));
      const first = backgroundWorker(old.execute, { supervisor, name: 'poll' }).start();
      await old.begun.reach(1);
      const begun = new Calls();
      const options = { supervisor, name: 'poll', replace: true, event: true } as const;
      const second = backgroundWorker(() => begun.add(old.open), options).start();
      assert.equal(second.trigger(), true);
      await turns();
      assert.deepEqual(
        [first.isActive(), first.isStopped(), second.isStarted(), begun.list],
        [false, false, false, []],
      );
      assert.deepEqual(
        supervisor.getInfo().workers.map(({ name, state }) => [name, state]),
        [['poll', 'starting']],
      );
      old.end();
      await second.waitIdle();
      await turns();
      assert.deepEqual([first.isStopped(), second.isStarted()], [true, true]);
      assert.deepEqual(events, ['poll started', 'poll replaced', 'poll started']);
      assert.deepEqual([old.begun.list.length, begun.list], [1, [0]]);
      assert.throws(() => first.start(), { code: 'ERR_NAME_IN_USE' });
    }));

  test('starts at once if the name is free, and needs a name', () =>
    within({}, async (supervisor) => {
      const worker = backgroundWorker(() => {}, { supervisor, event: true, name: 'free', replace: true }).start();
      assert.equal(worker.isStarted(), true);
      assert.throws(() => backgroundWorker(() => {}, { supervisor, event: true, replace: true }).start(), {
        code: 'ERR_INVALID_OPTION',
        message: /needs a name/,
      });
      assert.throws(() => backgroundWorker(() => {}, { replace: 'yes' as never }), { code: 'ERR_INVALID_OPTION' });
    }));

  for (const maxSize of [Infinity, 2]) {
    test(`gets all jobs of a queue worker in their order, also those that are put into the old one (maxSize ${maxSize})`, () =>
      within({}, async (supervisor) => {
        const executions = new Executions();
        const done: string[] = [];
        const first = backgroundWorker((_job: string) => executions.execute(), {
          supervisor,
          name: 'mails',
          queue: true,
          maxSize,
        }).start();
        const puts = ['a', 'b', 'c', 'd', 'e'].map((job) => first.put(job));
        const result = first.submit('f');
        await executions.begun.reach(1);
        const second = backgroundWorker((job: string) => (done.push(job), `${job} done`), {
          supervisor,
          name: 'mails',
          queue: true,
          maxSize,
          replace: true,
        }).start();
        void second.put('younger');
        void first.put('g');
        await turns();
        assert.deepEqual(done, []);
        executions.end();
        await first.waitUntilStop();
        await Promise.all(puts);
        assert.equal(await result, 'f done');
        await first.put('last');
        await first.drain();
        assert.deepEqual(done, ['b', 'c', 'd', 'e', 'f', 'g', 'younger', 'last']);
        assert.equal(executions.begun.list.length, 1, 'the old function has run once');
        assert.deepEqual([first.size, second.info().failures], [0, 0]);
      }));
  }

  test('may share its queue with the old one', () =>
    within({}, async (supervisor) => {
      const jobs: number[] = [1, 2, 3];
      const queue = {
        push: (job: number) => void jobs.push(job),
        shift: () => jobs.shift(),
        get size() {
          return jobs.length;
        },
      };
      const executions = new Executions();
      const done: number[] = [];
      backgroundWorker((_job: number) => executions.execute(), { supervisor, name: 'shared', queue }).start();
      await executions.begun.reach(1);
      const options = { supervisor, name: 'shared', queue, replace: true };
      const second = backgroundWorker((job: number) => void done.push(job), options).start();
      executions.end();
      await second.drain();
      await turns();
      await second.drain();
      assert.deepEqual(done, [2, 3]);
    }));

  test('may be started by the code of the old one, and stops with the supervisor before it has started', async () => {
    const executions = new Executions();
    let hasBegun = false;
    await within({}, async (supervisor) => {
      const begun = new Calls();
      const common = { supervisor, name: 'self', event: true } as const;
      const first = backgroundWorker(() => {
        backgroundWorker(() => begun.add(1), { ...common, replace: true })
          .start()
          .trigger();
      }, common).start();
      first.trigger();
      await begun.reach(1);
      assert.equal(first.isStopped(), true);

      backgroundWorker(executions.execute, { supervisor, name: 'slow' }).start();
      await executions.begun.reach(1);
      backgroundWorker(() => (hasBegun = true), { supervisor, name: 'slow', replace: true }).start();
      const stopped = supervisor.stop();
      await turns();
      executions.end();
      await stopped;
      assert.deepEqual(supervisor.getInfo().workers, []);
    });
    assert.equal(hasBegun, false);
  });
});

describe('submit of a queue worker', () => {
  test('gives the result of the job, or its error without a warning', () =>
    within({}, async (supervisor) => {
      const failed: unknown[] = [];
      supervisor.on('workerFailed', ({ job }) => failed.push(job));
      const worker = backgroundWorker(
        async (n: number) => {
          if (n < 0) throw new RangeError('negative');
          return Math.sqrt(n);
        },
        { supervisor, queue: true, concurrency: 2 },
      );
      const early = worker.submit(9);
      worker.start();
      const root: number = await worker.submit(4);
      assert.deepEqual([await early, root], [3, 2]);
      await assert.rejects(worker.submit(-1), { message: 'negative' });
      assert.deepEqual([failed, worker.info().failures, worker.isActive()], [[-1], 1, true]);
    }));

  test('gives the result of a task function, and what processResult gets stays the same', () =>
    within({}, async (supervisor) => {
      const seen: number[] = [];
      class Squares extends BackgroundQueueWorker<number, [], number> {
        protected override run = backgroundTask((n: number) => n * n, { tt: 'async' });
        protected override processResult(square: number): void {
          seen.push(square);
        }
      }
      const squares = new Squares({ supervisor }).start();
      assert.deepEqual(await Promise.all([3, 4, 3].map((n) => squares.submit(n))), [9, 16, 9]);
      assert.deepEqual(seen, [9, 16, 9]);
    }));

  test('ends with the worker, whose queue keeps the job, and is refused to the code that would wait for itself', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker((_job: string) => executions.execute(), { supervisor, queue: true }).start();
      const running = worker.submit('a');
      const waiting = worker.submit('b');
      await executions.begun.reach(1);
      const stopped = worker.stop();
      await assert.rejects(waiting, { code: 'ERR_WORKER_STOPPED' });
      executions.end();
      await Promise.all([running, stopped]);
      assert.deepEqual([...(worker.queue as Iterable<string>)], ['b']);

      const own = backgroundWorker((_job: string): Promise<unknown> => own.submit('again'), {
        supervisor,
        queue: true,
      });
      own.start();
      await assert.rejects(own.submit('a'), { code: 'ERR_WORKER_DEADLOCK' });
    }));

  test('fails at the time limit', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const options = { supervisor, queue: true, timeout: 20 } as const;
      const worker = backgroundWorker((_job: string) => executions.execute(), options).start();
      await assert.rejects(worker.submit('a'), { code: 'ERR_TASK_TIMEOUT' });
      executions.end();
    }));
});

describe('clear of a queue worker', () => {
  test('removes what waits, rejects the calls that wait, and leaves what runs', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const options = { supervisor, queue: true, maxSize: 2 } as const;
      const worker = backgroundWorker((_job: string) => executions.execute(), options).start();
      await worker.put('running');
      await executions.begun.reach(1);
      await worker.put('a');
      const submitted = worker.submit('b');
      const outside = worker.put('c');
      const drained = worker.drain();
      assert.deepEqual([worker.clear(), worker.size], [3, 0]);
      await assert.rejects(submitted, { code: 'ERR_TASK_CANCELED', name: 'AbortError' });
      await assert.rejects(outside, { code: 'ERR_TASK_CANCELED' });
      assert.equal(worker.info().running, 1);
      executions.end();
      await drained;
      assert.deepEqual([executions.begun.list.length, worker.clear()], [1, 0]);
      await worker.put('later');
      await executions.begun.reach(2);
      executions.end();
    }));

  test('is not an unhandled rejection for puts that nobody awaits', () =>
    within({}, async (supervisor) => {
      const worker = backgroundWorker((_job: number) => {}, { supervisor, queue: true, maxSize: 1 });
      for (let job = 0; job < 3; job += 1) void worker.put(job);
      assert.equal(worker.clear(), 3);
      await turns();
    }));
});

describe('concurrency of a queue worker', () => {
  test('can be changed while it runs: more jobs begin at once, or no further ones until enough have ended', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const options = { supervisor, queue: true, concurrency: 2 } as const;
      const worker = backgroundWorker((_job: number) => executions.execute(), options).start();
      assert.equal(worker.concurrency, 2);
      for (let job = 0; job < 10; job += 1) await worker.put(job);
      await turns();
      assert.equal(executions.open, 2);
      worker.concurrency = 4;
      await turns();
      assert.equal(executions.open, 4);
      worker.concurrency = 1;
      for (let left = 3; left >= 1; left -= 1) {
        executions.end();
        await turns();
        assert.equal(executions.open, left);
      }
      executions.end();
      await turns();
      assert.deepEqual([executions.open, executions.begun.list.length], [1, 5]);
      assert.throws(() => (worker.concurrency = 0), { code: 'ERR_INVALID_OPTION' });
      worker.clear();
      executions.end();
    }));
});

describe('pause and waitIdle', () => {
  test('wait for what runs, and let nothing begin', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const options = { supervisor, queue: true, concurrency: 2 } as const;
      const worker = backgroundWorker((_job: number) => executions.execute(), options);
      await worker.waitIdle();
      worker.start();
      for (let job = 0; job < 5; job += 1) await worker.put(job);
      await executions.begun.reach(2);
      worker.pause();
      let isIdle = false;
      const idle = worker.waitIdle().then(() => (isIdle = true));
      executions.end();
      await turns();
      assert.equal(isIdle, false);
      executions.end();
      await idle;
      await turns();
      assert.deepEqual([executions.begun.list.length, worker.size], [2, 3]);
      worker.clear();
    }));

  test('waitIdle is refused to the code that would wait for itself', () =>
    within({}, async (supervisor) => {
      const errors = new Calls<{ code?: string }>();
      const worker = backgroundWorker(() => worker.waitIdle(), {
        supervisor,
        event: true,
        onError: (error) => errors.add(error as { code?: string }),
      }) as { start(): { trigger(): boolean }; waitIdle(): Promise<void> };
      worker.start().trigger();
      await errors.reach(1);
      assert.equal(errors.list[0]!.code, 'ERR_WORKER_DEADLOCK');
    }));
});
