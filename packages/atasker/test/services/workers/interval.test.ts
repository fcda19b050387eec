import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundWorker, type Clock, type TaskSupervisor } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

/** The test owns the clock; each step ends when the executions that it causes have begun. */
class Time {
  readonly clock = new ManualClock();

  async pass(...steps: number[]): Promise<void> {
    for (const ms of steps) {
      this.clock.advance(ms);
      await turn();
      await turn();
    }
  }
}

/** A clock whose timers ring late, as when the program is busy. */
class BusyClock implements Clock {
  #time = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#time;
  }

  date(): number {
    return this.#time;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#time + ms, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  passAtOnce(ms: number): void {
    this.#time += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#time);
    this.#timers = this.#timers.filter(({ at }) => at > this.#time);
    for (const { callback } of due) callback();
  }
}

function withTime(body: (supervisor: TaskSupervisor, time: Time) => Promise<void>): () => Promise<void> {
  return async () => {
    const time = new Time();
    await within({ clock: time.clock }, (supervisor) => body(supervisor, time));
  };
}

/** Executions that end at once, and when they began. */
function starts(clock: ManualClock): { readonly at: number[]; readonly note: () => void } {
  const at: number[] = [];
  return { at, note: () => void at.push(clock.now()) };
}

describe('an interval worker', () => {
  test(
    'executes at once, and then from start to start',
    withTime(async (supervisor, time) => {
      const { at, note } = starts(time.clock);
      backgroundWorker(note, { supervisor, interval: '1s' }).start();
      await time.pass(0, 999, 1, 999, 1);
      assert.deepEqual(at, [0, 1000, 2000]);
    }),
  );

  test('a late start does not move the next ones, and missed ticks are counted, never made up for', async () => {
    const clock = new BusyClock();
    await within({ clock }, async (supervisor) => {
      const at: number[] = [];
      const worker = backgroundWorker(() => void at.push(clock.now()), { supervisor, interval: 1000 }).start();
      await turn();
      for (const ms of [1300, 699, 1, 2600]) {
        clock.passAtOnce(ms);
        await turn();
      }
      assert.deepEqual([at, worker.info().skipped], [[0, 1300, 2000, 4600], 1]);
    });
  });

  test(
    'never runs two at a time: ticks during an execution are left out and counted',
    withTime(async (supervisor, time) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, interval: 1000 }).start();
      await time.pass(0, 1000, 1000, 500);
      assert.equal(executions.begun.list.length, 1);
      executions.end();
      await time.pass(0);
      assert.equal(executions.begun.list.length, 1);
      assert.equal(worker.info().skipped, 2);
      await time.pass(500);
      assert.equal(executions.begun.list.length, 2);
      await time.pass(1000);
      executions.end(); // just when the next one is due
      await time.pass(0);
      assert.equal(executions.begun.list.length, 3);
      assert.equal(worker.info().skipped, 2);
      executions.end();
    }),
  );

  test(
    'delay counts from the end of an execution',
    withTime(async (supervisor, time) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, delay: '1s' }).start();
      await time.pass(0, 5000);
      executions.end();
      await time.pass(0, 999);
      assert.equal(executions.begun.list.length, 1);
      await time.pass(1);
      assert.equal(executions.begun.list.length, 2);
      assert.equal(worker.info().skipped, 0);
      executions.end();
    }),
  );

  test(
    'delayBefore comes before each execution; with interval before the first, with delay after that',
    withTime(async (supervisor, time) => {
      const alone = starts(time.clock);
      const shifted = starts(time.clock);
      const both = starts(time.clock);
      backgroundWorker(alone.note, { supervisor, delayBefore: 100 }).start();
      backgroundWorker(shifted.note, { supervisor, interval: 250, delayBefore: 100 }).start();
      backgroundWorker(both.note, { supervisor, delay: 50, delayBefore: 100 }).start();
      await time.pass(...Array.from({ length: 12 }, () => 50));
      assert.deepEqual(alone.at, [100, 200, 300, 400, 500, 600]);
      assert.deepEqual(shifted.at, [100, 350, 600]);
      assert.deepEqual(both.at, [100, 250, 400, 550]);
    }),
  );

  test(
    'trigger runs it now, whatever the interval and failures say, and not while it runs',
    withTime(async (supervisor, time) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, interval: '1h', onError: () => {} }).start();
      await time.pass(0);
      assert.equal(worker.trigger(), false);
      executions.end(new Error('no'));
      await time.pass(0);
      assert.equal(worker.info().backOff, 10);
      assert.equal(worker.trigger(), true);
      await time.pass(0);
      assert.equal(executions.begun.list.length, 2);
      executions.end();
      await time.pass(3_599_999);
      assert.equal(executions.begun.list.length, 2);
      await time.pass(1);
      assert.equal(executions.begun.list.length, 3);
      executions.end();
    }),
  );

  test(
    'intervals beyond 2^31-1 ms work',
    withTime(async (supervisor, time) => {
      const { at, note } = starts(time.clock);
      const month = 30 * 86_400_000;
      backgroundWorker(note, { supervisor, interval: '30d' }).start();
      await time.pass(0, month - 1, 1);
      assert.deepEqual(at, [0, month]);
    }),
  );

  test(
    'what is due during a pause is left out, and was not late',
    withTime(async (supervisor, time) => {
      const { at, note } = starts(time.clock);
      const worker = backgroundWorker(note, { supervisor, interval: 100 }).start();
      await time.pass(0);
      worker.pause();
      await time.pass(250);
      worker.resume();
      await time.pass(0, 50);
      assert.deepEqual([at, worker.info().skipped], [[0, 300], 0]);
    }),
  );

  test(
    'a start may have another timing, which takes the place of its own for that time',
    withTime(async (supervisor, time) => {
      const { at, note } = starts(time.clock);
      const worker = backgroundWorker(note, { supervisor, interval: 100 });
      worker.with({ delay: 30 }).start();
      await time.pass(0, 30, 30);
      await worker.stop();
      worker.start();
      await time.pass(0, 100);
      assert.deepEqual(at, [0, 30, 60, 60, 160]);
    }),
  );
});
