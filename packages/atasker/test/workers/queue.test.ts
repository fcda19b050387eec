import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackgroundQueueWorker, backgroundWorker } from 'atasker';
import '../support/leaks.ts';
import { Calls, Executions } from '../support/calls.ts';
import { turn } from '../support/events.ts';
import { within } from '../support/within.ts';

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

  test('runs as many at once as concurrency says, and a start may say otherwise', () =>
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

  test('takes its jobs from a queue of your own', () =>
    within({}, async (supervisor) => {
      const jobs: number[] = [];
      const lowestFirst = {
        push: (n: number) => jobs.push(n),
        shift: () => jobs.splice(jobs.indexOf(Math.min(...jobs)), 1)[0],
        get size() {
          return jobs.length;
        },
      };
      const calls = new Calls<number>();
      const worker = backgroundWorker((n: number) => calls.add(n), { supervisor, queue: lowestFirst });
      for (const n of [3, 1, 2]) await worker.put(n);
      assert.equal(worker.queue, lowestFirst);
      worker.start();
      await worker.drain();
      assert.deepEqual(calls.list, [1, 2, 3]);
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

  test('a queue of your own that throws is a failure like that of an executor', () =>
    within({}, async (supervisor) => {
      const failed = new Calls<string>();
      let size = 1;
      const broken = {
        push: () => {},
        shift(): string {
          size = 0;
          throw new Error('broken queue');
        },
        get size() {
          return size;
        },
      };
      const onError = (error: unknown): void => failed.add((error as Error).message);
      const worker = backgroundWorker((_job: string) => {}, { supervisor, queue: broken, onError }).start();
      await worker.drain();
      assert.deepEqual(failed.list, ['broken queue']);
    }));

  test('keeps up with many jobs, and forgets each', () =>
    within({}, async (supervisor) => {
      let sum = 0;
      const worker = backgroundWorker((n: number) => void (sum += n), { supervisor, queue: true }).start();
      for (let n = 0; n < 20_000; n += 1) void worker.put(n);
      await worker.drain();
      assert.equal(sum, (20_000 * 19_999) / 2);
    }));
});
