import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundWorker, type TaskSupervisor } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Executions } from '../support/calls.ts';
import { turn } from '../support/events.ts';
import '../support/leaks.ts';
import { within } from '../support/within.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function withClock(body: (supervisor: TaskSupervisor, clock: ManualClock) => Promise<void>): () => Promise<void> {
  return async () => {
    const clock = new ManualClock();
    await within({ clock }, (supervisor) => body(supervisor, clock));
  };
}

async function pass(clock: ManualClock, ...steps: number[]): Promise<void> {
  for (const ms of steps) {
    clock.advance(ms);
    for (let turns = 0; turns < 3; turns += 1) await turn();
  }
}

describe('a job at a Date', () => {
  test(
    'runs once, at the date',
    withClock(async (supervisor, clock) => {
      const at: number[] = [];
      const job = supervisor.createAsyncJob({ target: () => void at.push(clock.date()), timer: new Date(HOUR) });
      await pass(clock, HOUR - 1);
      assert.deepEqual([at, job.isActive, job.info().nextRun], [[], true, HOUR]);
      await pass(clock, 1, DAY);
      assert.deepEqual([at, job.isActive, job.info().nextRun, job.info().lastExecuted], [[HOUR], false, null, HOUR]);
    }),
  );

  test(
    'in the past runs at once',
    withClock(async (supervisor, clock) => {
      await pass(clock, DAY);
      const at: number[] = [];
      supervisor.createAsyncJob({ target: () => void at.push(clock.date()), timer: new Date(HOUR) });
      await pass(clock, 0);
      assert.deepEqual(at, [DAY]);
    }),
  );

  test(
    'beyond the longest timer of Node.js runs at the date, and no earlier',
    withClock(async (supervisor, clock) => {
      const at: number[] = [];
      const far = 100 * DAY;
      supervisor.createAsyncJob({ target: () => void at.push(clock.date()), timer: new Date(far) });
      for (let day = 0; day < 99; day += 1) clock.advance(DAY);
      await pass(clock, DAY - 1);
      assert.deepEqual(at, []);
      await pass(clock, 1);
      assert.deepEqual(at, [far]);
    }),
  );

  test(
    'with an interval begins at the date, and number limits the runs',
    withClock(async (supervisor, clock) => {
      const at: number[] = [];
      const target = (): void => void at.push(clock.date());
      const job = supervisor.createAsyncJob({ target, timer: new Date(HOUR), interval: '1m', number: 3 });
      await pass(clock, HOUR, 60_000, 60_000, 60_000);
      assert.deepEqual([at, job.isActive], [[HOUR, HOUR + 60_000, HOUR + 120_000], false]);
    }),
  );
});

describe('info() says when', () => {
  test(
    'a worker executes next, and executed last',
    withClock(async (supervisor, clock) => {
      const executions = new Executions();
      const every = backgroundWorker(executions.execute, { supervisor, interval: '1m' });
      assert.deepEqual([every.info().nextRun, every.info().lastExecuted], [null, null]);
      every.start();
      await pass(clock, 0, 1000);
      assert.deepEqual([every.info().nextRun, every.info().lastExecuted], [60_000, 0]);
      await pass(clock, 60_000);
      assert.equal(every.info().nextRun, null, 'it follows the end of the present execution');
      executions.end();
      await pass(clock, 0);
      assert.equal(every.info().nextRun, 120_000);
      every.pause();
      assert.equal(every.info().nextRun, null);
      every.resume();
      assert.equal(supervisor.getInfo().workers[0]!.nextRun, 120_000);
    }),
  );

  test(
    'a worker with a delay, a queue, and a pause after a failure executes next',
    withClock(async (supervisor, clock) => {
      const executions = new Executions();
      const options = { supervisor, onError: () => {} };
      const delayed = backgroundWorker(executions.execute, { ...options, delay: '1m' }).start();
      const queue = backgroundWorker((_job: string) => {}, { ...options, queue: true }).start();
      await pass(clock, 0);
      assert.deepEqual([delayed.info().nextRun, queue.info().nextRun], [null, null]);
      executions.end();
      await pass(clock, 0);
      assert.equal(delayed.info().nextRun, 60_000);
      await queue.put('a');
      assert.equal(queue.info().nextRun, 0);
      const failing = backgroundWorker(
        () => {
          throw new Error('no');
        },
        { ...options, interval: 1 },
      ).start();
      await pass(clock, 0);
      assert.equal(failing.info().nextRun, 10);
    }),
  );

  test(
    'a job runs next, ran last, and how it went',
    withClock(async (supervisor, clock) => {
      supervisor.on('error', () => {});
      const job = supervisor.createAsyncJob({
        target: function poll() {
          if (job.runs === 2) throw new Error('no');
        },
        interval: '1m',
        timer: '1h',
      });
      assert.deepEqual(job.info(), {
        name: 'poll',
        isActive: true,
        running: 0,
        runs: 0,
        failures: 0,
        skipped: 0,
        lastExecuted: null,
        nextRun: HOUR,
      });
      await pass(clock, HOUR, 60_000);
      const { runs, failures, lastExecuted, nextRun } = job.info();
      assert.deepEqual([runs, failures, lastExecuted, nextRun], [2, 1, HOUR + 60_000, HOUR + 120_000]);
    }),
  );
});
