import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundWorker, type Clock, type Late, type TaskSupervisor } from 'atasker';
import { Executions } from '../support/calls.ts';
import { turn } from '../support/events.ts';
import '../support/leaks.ts';
import { within } from '../support/within.ts';

const HOUR = 3_600_000;

/** A clock that the program does not look at while it is busy, and whose monotonic time stands still in a sleep. */
class RoughClock implements Clock {
  #time = 0;
  #slept = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#time;
  }

  date(): number {
    return this.#time + this.#slept;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#time + ms, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Time passes while the event loop is blocked; then all timers ring that are due. */
  async busy(ms: number): Promise<void> {
    this.#time += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#time);
    this.#timers = this.#timers.filter(({ at }) => at > this.#time);
    for (const { callback } of due) callback();
    for (let turns = 0; turns < 4; turns += 1) await turn();
  }

  /** The machine sleeps. */
  async sleep(ms: number): Promise<void> {
    this.#slept += ms;
    await this.busy(0);
  }

  /** Time passes in small steps, so that every timer rings in time. */
  async pass(ms: number): Promise<void> {
    const end = this.#time + ms;
    for (; this.#time < end;) {
      const next = Math.min(end, ...this.#timers.map(({ at }) => Math.max(at, this.#time)));
      await this.busy(Math.max(1, next - this.#time));
    }
  }
}

type Body = (supervisor: TaskSupervisor, clock: RoughClock, at: number[], note: () => void) => Promise<void>;

function withClock(body: Body): () => Promise<void> {
  return async () => {
    const clock = new RoughClock();
    const at: number[] = [];
    await within({ clock }, (supervisor) => body(supervisor, clock, at, () => void at.push(clock.date())));
  };
}

/** A worker or a job with the same schedule; what both promise. */
const KINDS = ['worker', 'job'] as const;

function start(
  kind: (typeof KINDS)[number],
  supervisor: TaskSupervisor,
  fn: () => unknown,
  options: { readonly interval?: number; readonly cron?: string; readonly late?: Late },
): { info(): { readonly skipped: number; readonly nextRun: number | null } } {
  const timezone = options.cron === undefined ? {} : { timezone: 'UTC' };
  if (kind === 'job') {
    return supervisor.createAsyncJob({ target: fn, noOverlap: true, ...timezone, ...options });
  }
  return backgroundWorker(fn, { supervisor, ...timezone, ...options }).start();
}

for (const kind of KINDS) {
  describe(`late runs of a ${kind}`, () => {
    const expected: Record<Late, readonly [at: number[], skipped: number]> = {
      skip: [[0, 10_000, 20_000, 40_000], 1],
      now: [[0, 10_000, 20_000, 34_000, 40_000], 0],
      next: [[0, 10_000, 20_000, 40_000], 0],
    };
    for (const late of ['skip', 'now', 'next'] as const) {
      test(
        `a blocked event loop: ${late}`,
        withClock(async (supervisor, clock, at, note) => {
          const { info } = bound(start(kind, supervisor, note, { interval: 10_000, late }));
          await clock.busy(0);
          await clock.pass(10_000);
          await clock.busy(11_000); // noticed after a second: not late yet
          await clock.busy(13_000);
          assert.equal(info().nextRun, 40_000);
          await clock.pass(6_000);
          const [times, skipped] = expected[late];
          assert.deepEqual([at.map(toTick), info().skipped], [times, skipped]);
        }),
      );
    }

    test(
      'of several late ticks one is executed, and the others are counted, whatever the last one is',
      withClock(async (supervisor, clock, at, note) => {
        const now = bound(start(kind, supervisor, note, { interval: 10_000, late: 'now' }));
        const skip = bound(start(kind, supervisor, () => {}, { interval: 10_000, late: 'skip' }));
        const next = bound(start(kind, supervisor, () => {}, { interval: 10_000, late: 'next' }));
        await clock.busy(0);
        await clock.busy(45_000);
        assert.deepEqual(at, [0, 45_000]);
        assert.deepEqual([now.info().skipped, skip.info().skipped, next.info().skipped], [3, 4, 0]);
      }),
    );

    const slept: Record<Late | 'default', readonly [at: number[], skipped: number]> = {
      skip: [[1, 10], 8],
      now: [[1, 9.5, 10], 7],
      next: [[1, 10], 0],
      default: [[1, 9.5, 10], 7],
    };
    for (const late of ['skip', 'now', 'next', 'default'] as const) {
      test(
        `a machine that slept for 8 hours, by cron: ${late}`,
        withClock(async (supervisor, clock, at, note) => {
          const { info } = bound(
            start(kind, supervisor, note, { cron: '0 * * * *', ...(late === 'default' ? {} : { late }) }),
          );
          await loaded(() => info().nextRun !== null);
          await clock.pass(1.5 * HOUR);
          await clock.sleep(8 * HOUR);
          await clock.pass(HOUR / 2);
          const [hours, skipped] = slept[late];
          assert.deepEqual([at.map((time) => Math.round((time / HOUR) * 10) / 10), info().skipped], [hours, skipped]);
        }),
      );
    }

    const overlapped: Record<Late | 'default', readonly [begun: number[], skipped: number]> = {
      skip: [[0, 4000], 3],
      default: [[0, 4000], 3],
      now: [[0, 3500, 4000], 2],
      next: [[0, 4000], 0],
    };
    for (const late of ['skip', 'now', 'next', 'default'] as const) {
      test(
        `the one before still runs: ${late}`,
        withClock(async (supervisor, clock, at, note) => {
          const executions = new Executions();
          const fn = (): unknown => {
            note();
            return executions.execute();
          };
          const { info } = bound(
            start(kind, supervisor, fn, { interval: 1000, ...(late === 'default' ? {} : { late }) }),
          );
          await clock.busy(0);
          await clock.pass(3500);
          assert.equal(executions.open, 1);
          executions.end();
          await clock.busy(0);
          if (late === 'now') executions.end();
          await clock.busy(0);
          assert.equal(info().nextRun, 4000);
          await clock.pass(500);
          const [times, skipped] = overlapped[late];
          assert.deepEqual([at, info().skipped], [times, skipped]);
          executions.end();
        }),
      );
    }
  });
}

describe('a late run without a next time', () => {
  for (const late of ['skip', 'now', 'next'] as const) {
    test(
      `of a job at a Date: ${late}`,
      withClock(async (supervisor, clock, at, note) => {
        const job = supervisor.createAsyncJob({ target: note, timer: new Date(HOUR), late });
        assert.equal(job.info().nextRun, HOUR);
        await clock.pass(HOUR / 2);
        await clock.sleep(3 * HOUR);
        await clock.pass(60_000); // the clock is read once a minute
        assert.deepEqual(
          [at.length, job.isActive, job.info().skipped],
          late === 'skip' ? [0, false, 1] : [1, false, 0],
        );
      }),
    );
  }

  test(
    'of a job that waits for its own run, whose expression ends',
    withClock(async (supervisor, clock, at, note) => {
      const executions = new Executions();
      const target = (): unknown => {
        note();
        return executions.execute();
      };
      const cron = '0 0 1,2 1 1 * 1970';
      const job = supervisor.createAsyncJob({ target, cron, timezone: 'UTC', noOverlap: true, late: 'next' });
      await loaded(() => job.info().nextRun !== null);
      await clock.pass(2.5 * HOUR);
      assert.deepEqual([at, job.isActive, job.info().nextRun], [[HOUR], true, null]);
      executions.end();
      await clock.busy(0);
      assert.deepEqual([at, job.isActive], [[HOUR, 2.5 * HOUR], false]);
      executions.end();
    }),
  );
});

describe('noOverlap', () => {
  test(
    'never lets two runs of a job overlap, unlike those of other jobs, and a cancelled job stays cancelled',
    withClock(async (supervisor, clock) => {
      const mine = new Executions();
      const other = new Executions();
      const job = supervisor.createAsyncJob({ target: mine.execute, interval: 100, noOverlap: true });
      const free = supervisor.createAsyncJob({ target: other.execute, interval: 100 });
      await clock.busy(0);
      await clock.pass(1000);
      assert.deepEqual([mine.open, other.open], [1, 11]);
      assert.deepEqual([job.info().running, job.info().runs, free.info().running], [1, 1, 11]);
      job.cancel();
      free.cancel();
      mine.end();
      while (other.open > 0) other.end();
      await clock.pass(1000);
      assert.deepEqual([mine.begun.list.length, job.info().skipped], [1, 0]);
    }),
  );
});

test('late, noOverlap, unref and timer are checked', () =>
  within({}, async (supervisor) => {
    const wrong = { code: 'ERR_INVALID_OPTION' };
    const target = (): void => {};
    assert.throws(() => backgroundWorker(target, { interval: 1000, late: 'later' as never }), wrong);
    assert.throws(() => backgroundWorker(target, { delay: 1000, late: 'now' }), wrong);
    assert.throws(() => backgroundWorker(target, { unref: 1 as never }), wrong);
    assert.throws(() => supervisor.createAsyncJob({ target, late: 'later' as never }), wrong);
    assert.throws(() => supervisor.createAsyncJob({ target, noOverlap: 1 as never }), wrong);
    assert.throws(() => supervisor.createAsyncJob({ target, unref: 'no' as never }), wrong);
    assert.throws(() => supervisor.createAsyncJob({ target, timer: new Date(Number.NaN) }), wrong);
    assert.throws(() => supervisor.createAsyncJob({ target, at: new Date() } as never), /did you mean timer\?/);
  }));

/** Methods that may be called alone. */
function bound<T extends { info(): unknown }>(object: T): { readonly info: T['info'] } {
  return { info: () => object.info() as ReturnType<T['info']> } as { readonly info: T['info'] };
}

/** A run within a second of its tick counts as one at the tick. */
function toTick(time: number): number {
  return time % 10_000 <= 1000 ? time - (time % 10_000) : time;
}

/** croner has been loaded: a turn of the event loop later, or some. */
async function loaded(isLoaded: () => boolean): Promise<void> {
  while (!isLoaded()) await turn();
}
