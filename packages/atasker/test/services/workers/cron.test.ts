import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackgroundIntervalWorker, backgroundWorker, type TaskSupervisor } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { CronTicks } from '../../../src/common/cron.ts';
import { Calls } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

/** A manual clock whose date can be put elsewhere, as the wall clock of a machine. */
class WallClock extends ManualClock {
  #offset = 0;

  override date(): number {
    return this.now() + this.#offset;
  }

  jumpTo(date: string): void {
    this.#offset = Date.parse(date) - this.now();
  }

  /** In steps, so that what begins has ended before the next one. */
  async passTo(date: string, stepMs: number): Promise<void> {
    while (this.date() < Date.parse(date)) {
      this.advance(stepMs);
      await turn();
    }
  }
}

/** A cron worker that has started, and the moments of its executions. */
async function startCron(
  supervisor: TaskSupervisor,
  clock: WallClock,
  options: { cron: string; timezone?: string },
): Promise<{ readonly at: string[]; readonly skipped: () => number }> {
  const started = new Calls();
  supervisor.once('workerStarted', () => started.add(1));
  const at: string[] = [];
  const worker = backgroundWorker(() => void at.push(new Date(clock.date()).toISOString()), { supervisor, ...options });
  worker.start();
  await started.reach(1);
  return { at, skipped: () => worker.info().skipped };
}

describe('a cron worker', () => {
  test('executes at the times of its expression, in its time zone', async () => {
    const clock = new WallClock();
    clock.jumpTo('2026-03-27T12:00:00Z');
    await within({ clock }, async (supervisor) => {
      const { at } = await startCron(supervisor, clock, { cron: '30 6 * * *', timezone: 'Europe/Prague' });
      await clock.passTo('2026-03-30T12:00:00Z', 60_000);
      assert.deepEqual(at, ['2026-03-28T05:30:00.000Z', '2026-03-29T04:30:00.000Z', '2026-03-30T04:30:00.000Z']);
    });
  });

  test('executes once in each night, also in those in which the clock is changed', async () => {
    const clock = new WallClock();
    await within({ clock }, async (supervisor) => {
      clock.jumpTo('2026-03-28T12:00:00Z');
      const spring = await startCron(supervisor, clock, { cron: '30 2 * * *', timezone: 'Europe/Prague' });
      await clock.passTo('2026-03-30T12:00:00Z', 60_000);
      assert.deepEqual(spring.at, ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']); // there is no 2:30; it is 3:00
    });
    await within({ clock }, async (supervisor) => {
      clock.jumpTo('2026-10-24T12:00:00Z');
      const autumn = await startCron(supervisor, clock, { cron: '30 2 * * *', timezone: 'Europe/Prague' });
      await clock.passTo('2026-10-26T12:00:00Z', 60_000);
      assert.deepEqual(autumn.at, ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']); // there are two of them
    });
  });

  test('executes by the second, and by a nickname', async () => {
    const clock = new WallClock();
    clock.jumpTo('2026-01-01T00:00:00Z');
    await within({ clock }, async (supervisor) => {
      const seconds = await startCron(supervisor, clock, { cron: '*/20 * * * * *', timezone: 'UTC' });
      const hours = await startCron(supervisor, clock, { cron: '@hourly', timezone: 'UTC' });
      await clock.passTo('2026-01-01T01:00:00Z', 1000);
      assert.equal(seconds.at.length, 180);
      assert.equal(seconds.at[0], '2026-01-01T00:00:20.000Z');
      assert.deepEqual(hours.at, ['2026-01-01T01:00:00.000Z']);
    });
  });

  test('follows the wall clock: after a sleep of the machine it executes once, and counts what it has missed', async () => {
    const clock = new WallClock();
    clock.jumpTo('2026-01-01T00:00:30Z');
    await within({ clock }, async (supervisor) => {
      const { at, skipped } = await startCron(supervisor, clock, { cron: '0 * * * *', timezone: 'UTC' });
      clock.jumpTo('2026-01-01T05:30:00Z');
      await clock.passTo('2026-01-01T06:00:00Z', 30_000);
      assert.deepEqual(at, ['2026-01-01T05:31:00.000Z', '2026-01-01T06:00:00.000Z']);
      assert.equal(skipped(), 4);
    });
  });

  test('does not repeat an hour when the clock is set back, but follows a correction', async () => {
    const clock = new WallClock();
    clock.jumpTo('2026-01-01T09:59:30Z');
    await within({ clock }, async (supervisor) => {
      const { at } = await startCron(supervisor, clock, { cron: '0 * * * *', timezone: 'UTC' });
      await clock.passTo('2026-01-01T10:00:30Z', 10_000);
      clock.jumpTo('2026-01-01T09:30:00Z');
      await clock.passTo('2026-01-01T11:00:00Z', 30_000);
      assert.deepEqual(at, ['2026-01-01T10:00:00.000Z', '2026-01-01T11:00:00.000Z']);
      clock.jumpTo('2025-01-01T11:30:00Z');
      await clock.passTo('2025-01-01T12:00:00Z', 30_000);
      assert.equal(at.at(-1), '2025-01-01T12:00:00.000Z');
    });
  });

  for (const [back, cron, stepMs] of [
    ['2026-01-01T08:00:10Z', '* * * * *', 10_000],
    ['2026-01-01T09:50:10Z', '* * * * *', 10_000],
    ['2026-01-01T09:59:50Z', '* * * * * *', 500],
    ['2026-01-01T08:00:10Z', '*/5 * * * *', 10_000],
  ] as const) {
    test(`${cron} goes on at once when the clock is put back to ${back}`, async () => {
      const clock = new WallClock();
      clock.jumpTo('2026-01-01T09:59:58Z');
      await within({ clock }, async (supervisor) => {
        const { at } = await startCron(supervisor, clock, { cron, timezone: 'UTC' });
        await clock.passTo('2026-01-01T10:00:10Z', stepMs);
        const before = at.length;
        assert.ok(before > 0);
        clock.jumpTo(back);
        await clock.passTo(new Date(Date.parse(back) + 600_000 * (stepMs / 10_000)).toISOString(), stepMs);
        const wanted = cron === '*/5 * * * *' ? 2 : cron === '* * * * *' ? 10 : 29;
        assert.ok(at.length - before >= wanted, `${at.length - before} of ${wanted} executions`);
      });
    });
  }

  test('of a daily time does not repeat it when the clock is put back by an hour, nor leaves out the next day', async () => {
    const clock = new WallClock();
    clock.jumpTo('2026-01-01T02:29:30Z');
    await within({ clock }, async (supervisor) => {
      const { at } = await startCron(supervisor, clock, { cron: '30 2 * * *', timezone: 'UTC' });
      await clock.passTo('2026-01-01T02:40:00Z', 30_000);
      clock.jumpTo('2026-01-01T01:40:00Z');
      await clock.passTo('2026-01-02T02:31:00Z', 60_000);
      assert.deepEqual(at, ['2026-01-01T02:30:00.000Z', '2026-01-02T02:30:00.000Z']);
    });
  });

  test('looks up a bounded number of times after a sleep of the machine, and still knows how many it has missed', async () => {
    const clock = new WallClock();
    clock.jumpTo('2026-01-01T00:00:00Z');
    let lookUps = 0;
    const times = { next: (after: number) => (lookUps += 1) && (Math.floor(after / 1000) + 1) * 1000 };
    const ticks = new CronTicks(times, clock);
    clock.jumpTo('2026-01-11T00:00:00Z');
    assert.ok(ticks.dueAt(clock.now()) <= clock.now());
    assert.equal(ticks.take(), 10 * 86_400 - 1);
    assert.ok(lookUps < 50, `${lookUps}`);
    assert.equal(ticks.dueAt(clock.now()), clock.now() + 1000);
  });

  for (const cron of ['0 0 30 2 *', '0 0 31 4,6 *', '0 0 0 1 1 * 1969']) {
    test(`with times that never come (${cron}) does not start, and says so; a job neither`, async () => {
      const clock = new WallClock();
      await within({ clock }, async (supervisor) => {
        const told = new Calls();
        supervisor.on('error', ({ error }) => told.add((error as NodeJS.ErrnoException).code));
        const stopped = new Calls<string>();
        supervisor.on('workerStopped', ({ reason }) => stopped.add(reason));
        const onError = (error: unknown): void => told.add((error as NodeJS.ErrnoException).code);
        backgroundWorker(() => {}, { supervisor, cron, onError }).start();
        const job = supervisor.createAsyncJob({ target: () => {}, cron });
        await stopped.reach(1);
        await told.reach(2);
        assert.deepEqual(told.list, ['ERR_INVALID_OPTION', 'ERR_INVALID_OPTION']);
        assert.deepEqual([stopped.list, job.isActive], [['startFailed'], false]);
      });
    });
  }

  test('whose beforeStart throws does not even look at its expression', () =>
    within({}, async (supervisor) => {
      class Broken extends BackgroundIntervalWorker {
        protected override beforeStart(): never {
          throw new Error('no');
        }
      }
      const worker = new Broken({ supervisor, cron: '5-1 * * * *' });
      assert.throws(() => worker.start(), { message: 'no' });
      await worker.stop();
    }));

  test('with an expression that only croner can refuse does not start, and says why', () =>
    within({}, async (supervisor) => {
      const failed = new Calls();
      const stopped = new Calls<string>();
      supervisor.on('workerStopped', ({ reason }) => stopped.add(reason));
      const worker = backgroundWorker(() => {}, {
        supervisor,
        cron: '5-1 * * * *',
        onError: (error) => failed.add((error as Error).message),
      }).start();
      assert.equal(worker.isStarted(), false);
      await stopped.reach(1);
      assert.deepEqual(stopped.list, ['startFailed']);
      assert.match(String(failed.list[0]), /5-1/);
    }));
});
