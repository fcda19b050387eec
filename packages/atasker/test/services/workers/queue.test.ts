import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackgroundQueueWorker, backgroundTask, backgroundWorker } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Calls, Executions } from '../../support/calls.ts';
import { countResources } from '../../support/count-resources.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

describe('a queue worker', () => {
  test('gets the job first, then the arguments of start; in the order of arrival, one at a time', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue: true });
      await worker.put('before the start');
      worker.start('x');
      await worker.put('second');
      await executions.begun.reach(1);
      await turn();
      assert.equal(executions.open, 1);
      executions.end();
      await executions.begun.reach(2);
      executions.end();
      assert.deepEqual(executions.begun.list, [
        ['before the start', 'x'],
        ['second', 'x'],
      ]);
    }));

  test('asks for no turn of the event loop while its executions run and further jobs wait', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue: true, concurrency: 2 }).start();
      for (let n = 0; n < 4; n += 1) await worker.put(n);
      await executions.begun.reach(2);
      await turn();
      const turns = 20;
      const counts = await countResources(async () => {
        for (let n = 0; n < turns; n += 1) await turn();
      });
      assert.equal(counts.get('Immediate'), turns);
      const stopping = worker.stop();
      for (let n = 0; n < 2; n += 1) executions.end();
      await stopping;
    }));

  test('takes jobs while it is paused, and executes none', () =>
    within({}, async (supervisor) => {
      const calls = new Calls<number>();
      const worker = backgroundWorker((n: number) => calls.add(n), { supervisor, queue: true }).start();
      worker.pause();
      await worker.put(1);
      await turn();
      await turn();
      assert.deepEqual([calls.list, worker.size], [[], 1]);
      assert.equal(worker.isActive() && worker.info().isPaused, true);
      worker.resume();
      await worker.drain();
      assert.deepEqual([calls.list, worker.size], [[1], 0]);
    }));

  test('runs as many jobs at once as concurrency says, and with(options).start may change that', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue: true, concurrency: 3 });
      for (let n = 0; n < 8; n += 1) await worker.put(n);
      worker.start();
      await executions.begun.reach(3);
      await turn();
      assert.equal(executions.open, 3);
      executions.end();
      await executions.begun.reach(4);
      assert.equal(supervisor.getInfo().workers[0]!.running, 3);
      const stopping = worker.stop();
      for (let n = 0; n < 3; n += 1) executions.end();
      await stopping;
      assert.equal(worker.size, 4);
      worker.with({ concurrency: 2 }).start();
      await executions.begun.reach(6);
      await turn();
      assert.equal(executions.open, 2);
      for (let n = 0; n < 4; n += 1) {
        await executions.begun.reach(5 + n);
        executions.end();
      }
      await worker.drain();
    }));

  test('put waits while maxSize jobs are in the queue, each in its turn', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue: true, maxSize: 2 });
      const put = new Calls<number>();
      for (const n of [1, 2, 3, 4]) void worker.put(n).then(() => put.add(n));
      await turn();
      assert.deepEqual([put.list, worker.size], [[1, 2], 2]);
      worker.start();
      await executions.begun.reach(1);
      await put.reach(3);
      assert.deepEqual([put.list, worker.size], [[1, 2, 3], 2]);
      for (const n of [1, 2, 3, 4]) {
        await executions.begun.reach(n);
        executions.end();
      }
      await worker.drain();
      assert.deepEqual(executions.begun.list, [[1], [2], [3], [4]]);
    }));

  test('stop finishes the current job and leaves the others in the queue, where they can be read', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue: true }).start();
      for (const n of [1, 2, 3]) await worker.put(n);
      await executions.begun.reach(1);
      const stopping = worker.stop({ wait: true });
      executions.end();
      await stopping;
      assert.deepEqual([...(worker.queue as Iterable<unknown>)], [2, 3]);
      worker.start();
      await executions.begun.reach(2);
      executions.end();
      await executions.begun.reach(3);
      executions.end();
    }));

  test('stop({ drain: true }) finishes all jobs, of a paused worker too; a second stop without it does not wait for them', () =>
    within({}, async (supervisor) => {
      const calls = new Calls<number>();
      const worker = new (class Numbers extends BackgroundQueueWorker<number> {
        protected override run(n: number): void {
          calls.add(n);
        }
      })({ supervisor }).start();
      worker.pause();
      for (const n of [1, 2, 3]) await worker.put(n);
      await worker.stop({ drain: true });
      assert.deepEqual(calls.list, [1, 2, 3]);

      const executions = new Executions();
      const slow = backgroundWorker(executions.execute, { supervisor, queue: true }).start();
      for (const n of [1, 2]) await slow.put(n);
      const draining = slow.stop({ drain: true });
      await executions.begun.reach(1);
      const ends = Promise.all([draining, slow.stop()]);
      executions.end();
      assert.deepEqual(await ends, [true, true]);
      assert.equal(slow.size, 1);
    }));

  test('a job that fails goes to onError, and is not tried again', () =>
    within({}, async (supervisor) => {
      const failed = new Calls<unknown[]>();
      const onError = (error: unknown, worker: { name: string }, job: unknown): void =>
        failed.add([(error as Error).message, worker.name, job]);
      const done = new Calls<number>();
      const worker = backgroundWorker(
        function divide(n: number) {
          if (n === 0) throw new Error('by zero');
          done.add(n);
        },
        { supervisor, queue: true, onError },
      ).start();
      for (const n of [0, 1]) await worker.put(n);
      await done.reach(1);
      assert.deepEqual(failed.list, [['by zero', 'divide', 0]]);
      assert.equal(worker.size, 0);
    }));

  test('keeps up with many jobs, and forgets each', () =>
    within({}, async (supervisor) => {
      let sum = 0;
      const worker = backgroundWorker((n: number) => void (sum += n), { supervisor, queue: true }).start();
      for (let n = 0; n < 20_000; n += 1) void worker.put(n);
      await worker.drain();
      assert.equal(sum, (20_000 * 19_999) / 2);
    }));

  test('drain rejects if the worker stops, or does not run, while there are jobs; without jobs it resolves', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue: true, name: 'w' }).start();
      const message = 'worker w is not running, and its queue of 1 job is kept; start() continues with it';
      await worker.put(1);
      await worker.put(2);
      const before = worker.drain();
      await executions.begun.reach(1);
      const stopping = worker.stop();
      await assert.rejects(before, { code: 'ERR_WORKER_STOPPED', message });
      await assert.rejects(worker.drain(), { code: 'ERR_WORKER_STOPPED', message });
      executions.end();
      await stopping;
      await assert.rejects(worker.drain(), { code: 'ERR_WORKER_STOPPED', message });
      worker.start();
      const rest = worker.drain();
      await executions.begun.reach(2);
      const last = worker.stop();
      executions.end();
      await Promise.all([rest, last]);
      await worker.drain();
    }));

  test('drain rejects when the executor itself stops the worker', () =>
    within({}, async (supervisor) => {
      const worker = backgroundWorker((job: number) => job !== 1, { supervisor, queue: true }).start();
      for (const job of [0, 1, 2]) await worker.put(job);
      await assert.rejects(worker.drain(), { code: 'ERR_WORKER_STOPPED' });
      assert.equal(worker.size, 1);
    }));

  test('drain that rejects and that nobody awaits is no unhandled rejection', () =>
    within({}, async (supervisor) => {
      const worker = backgroundWorker((_job: number) => {}, { supervisor, queue: true }).start();
      worker.pause();
      await worker.put(1);
      void worker.drain();
      await worker.stop();
      void worker.drain();
      await turn(); // an unhandled rejection is reported by now, and fails the test
      assert.equal(worker.size, 1);
    }));

  test('put that waits for room resolves when the worker stops, with its job in the queue; a later put is refused', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue: true, maxSize: 1 }).start();
      await worker.put(1);
      await executions.begun.reach(1);
      const puts = [2, 3, 4].map((job) => worker.put(job));
      const stopping = worker.stop();
      await Promise.all(puts);
      assert.deepEqual([...(worker.queue as Iterable<unknown>)], [2, 3, 4]);
      executions.end();
      await stopping;
      await assert.rejects(worker.put(5), { code: 'ERR_WORKER_STOPPED', message: /its queue of 3 jobs is full/ });
      assert.equal(worker.size, 3);
    }));

  test('stop of a worker that was never started ends all waits', () =>
    within({}, async (supervisor) => {
      const worker = backgroundWorker((_job: number) => {}, { supervisor, queue: true, maxSize: 1 });
      const puts = [1, 2].map((job) => worker.put(job));
      const drained = worker.drain();
      await worker.stop();
      await Promise.all(puts);
      await assert.rejects(drained, { code: 'ERR_WORKER_STOPPED' });
    }));

  test('in its own executor put does not wait for room, and drain is refused, also after an await and in an async task', () =>
    within({}, async (supervisor) => {
      const codes = new Calls();
      const drainIn = backgroundTask(() => worker.drain(), { tt: 'async', supervisor });
      const options = { supervisor, queue: true, maxSize: 1 } as const;
      const worker = backgroundWorker(async (job: number) => {
        if (job > 0) return;
        await turn();
        for (const more of [1, 2, 3]) await worker.put(more);
        for (const drain of [() => worker.drain(), drainIn]) {
          await Promise.resolve(drain()).catch((error: { code: string }) => codes.add(error.code));
        }
      }, options).start();
      await worker.put(0);
      await codes.reach(2);
      assert.deepEqual(codes.list, ['ERR_WORKER_DEADLOCK', 'ERR_WORKER_DEADLOCK']);
      await worker.drain();
      assert.equal(worker.info().runs, 4);
    }));

  test('code that an executor leaves behind does not count as the executor', () =>
    within({}, async (supervisor) => {
      const later = new Calls<Promise<void>>();
      const first = new Executions();
      const worker = backgroundWorker(
        async (job: number) => {
          if (job === 0) setImmediate(() => void first.begun.reach(1).then(() => later.add(worker.drain())));
          else await first.execute();
        },
        { supervisor, queue: true },
      ).start();
      await worker.put(0);
      await worker.put(1);
      await later.reach(1);
      first.end();
      await later.list[0];
    }));

  test('jobs that fail do not delay the others, unless backOff is set', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const done = new Calls<number>();
      const failed = new Calls();
      const run = async (job: number): Promise<void> => {
        if (job < 100) throw new Error('bad');
        done.add(job);
      };
      const options = { supervisor, queue: true, concurrency: 8, onError: () => failed.add(1) } as const;
      const worker = backgroundWorker(run, options).start();
      for (let job = 0; job <= 100; job += 1) void worker.put(job);
      await worker.drain(); // with a clock that is stopped
      assert.deepEqual([done.list, failed.list.length, worker.info().backOff], [[100], 100, 0]);
      await worker.stop();

      const patient = worker.with({ backOff: true }).start();
      for (const job of [0, 1, 2, 101]) void patient.put(job);
      await failed.reach(103);
      for (let n = 0; n < 5; n += 1) await turn();
      assert.deepEqual([worker.info().backOff, done.list], [10, [100, 101]]);
    });
  });
});
