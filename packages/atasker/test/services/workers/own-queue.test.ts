import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundWorker } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Calls, Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

describe('a queue of your own', () => {
  test('decides the order of its jobs', () =>
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

  test('that throws is a failure like that of an executor', () =>
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

  test('a job that waits for room and cannot be stored goes back to its put, and the job before it is executed', () =>
    within({}, async (supervisor) => {
      const jobs: number[] = [];
      let isFull = false;
      const queue = {
        push(job: number) {
          if (isFull) throw new Error('the disk is full');
          jobs.push(job);
        },
        shift: () => jobs.shift(),
        get size() {
          return jobs.length;
        },
      };
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, queue, maxSize: 1 });
      await worker.put(1);
      const refused = assert.rejects(worker.put(2), { message: 'the disk is full' });
      isFull = true;
      worker.start();
      await refused;
      await executions.begun.reach(1);
      assert.deepEqual(executions.begun.list, [[1]]);
      executions.end();
      await worker.drain();
      await assert.rejects(worker.put(3), { message: 'the disk is full' });
    }));

  test('may store asynchronously: put waits for it, and rejects with its error', () =>
    within({}, async (supervisor) => {
      const jobs: string[] = [];
      const queue = {
        async push(job: string) {
          await turn();
          if (job === 'bad') throw new Error('not stored');
          jobs.push(job);
        },
        shift: async () => jobs.shift(),
        get size() {
          return jobs.length;
        },
      };
      const calls = new Calls<string>();
      const worker = backgroundWorker((job: string) => calls.add(job), { supervisor, queue }).start();
      await worker.put('good');
      await calls.reach(1);
      await assert.rejects(worker.put('bad'), { message: 'not stored' });
      assert.deepEqual(calls.list, ['good']);
    }));

  for (const size of ['x', Number.NaN, -1, null]) {
    test(`whose size is ${String(size)} causes failures that are reported, with pauses, and breaks nothing`, async () => {
      const clock = new ManualClock();
      await within({ clock }, async (supervisor) => {
        let current: unknown = 0;
        const queue = {
          push() {},
          shift: () => 1,
          get size() {
            return current as number;
          },
        };
        const failed = new Calls<string>();
        const onError = (error: unknown): void => failed.add((error as Error).message);
        const worker = backgroundWorker((_job: number) => {}, { supervisor, queue, onError, name: 'w' }).start();
        current = size;
        await worker.put(1);
        await failed.reach(1);
        assert.match(failed.list[0]!, /the size of the queue of worker w must be 0 or more/);
        assert.deepEqual([worker.info().backOff, supervisor.getInfo().workers[0]!.queued], [10, Number.NaN]);
        current = 0;
      });
    });
  }

  test('that never gets empty leaves the event loop its turns', () =>
    within({}, async (supervisor) => {
      const queue = { push() {}, shift: () => 1, size: 1 };
      let runs = 0;
      backgroundWorker(() => void (runs += 1), { supervisor, queue, concurrency: Infinity }).start();
      for (let n = 0; n < 3; n += 1) await turn();
      assert.ok(runs > 0);
    }));
});
