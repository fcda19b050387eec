import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { backgroundWorker, type AnyWorker } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Calls } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

describe('an executor that throws', () => {
  test('does not spin: the pause doubles from 10 ms to 10 s, is visible, and a success resets it', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const runs = new Calls<number>();
      const failed = new Calls();
      let isBroken = true;
      const worker = backgroundWorker(
        async function flaky() {
          runs.add(clock.now());
          if (isBroken) throw new Error('no');
        },
        { supervisor, onError: () => failed.add(1) },
      ).start();
      let now = 0;
      const pauses = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_000, 10_000];
      for (const [index, pause] of pauses.entries()) {
        await failed.reach(index + 1);
        await turn();
        await turn();
        assert.equal(runs.list.length, index + 1);
        assert.equal(supervisor.getInfo({ tasks: false }).workers[0]!.backOff, pause);
        clock.advance(pause - 1);
        await turn();
        assert.equal(runs.list.at(-1), now, 'not before the pause is over');
        if (index === pauses.length - 1) isBroken = false;
        clock.advance(1);
        now += pause;
        await runs.reach(index + 2);
        assert.equal(runs.list[index + 1], now);
      }
      await runs.reach(pauses.length + 3);
      const { failures, backOff } = worker.info();
      assert.deepEqual([failures, backOff], [pauses.length, 0]);
      isBroken = true;
      await failed.reach(pauses.length + 1);
      assert.equal(worker.info().backOff, 10);
    });
  });

  test('reaches onError with the worker, and the event in any case', () =>
    within({}, async (supervisor) => {
      const seen = new Calls<[unknown, AnyWorker, number]>();
      const events = new Calls();
      const error = new Error('mine');
      supervisor.on('workerFailed', (event) => events.add(event));
      const worker = backgroundWorker(
        () => {
          throw error;
        },
        { supervisor, event: true, onError: (...args) => seen.add([args[0], args[1], args.length]) },
      ).start();
      worker.trigger();
      await seen.reach(1);
      assert.deepEqual(seen.list, [[error, worker, 2]]);
      assert.deepEqual(events.list, [{ worker, error, job: undefined }]);
    }));

  test('causes one process warning per start if it has no onError and no listener', () =>
    within({}, async (supervisor) => {
      const warnings: Error[] = [];
      const listener = (warning: Error): void => void warnings.push(warning);
      process.on('warning', listener);
      const runs = new Calls();
      const worker = backgroundWorker(
        () => {
          runs.add(1);
          throw new Error('no');
        },
        { supervisor, name: 'alone', delay: 0 },
      ).start();
      await once(process, 'warning');
      await runs.reach(3);
      await turn();
      process.off('warning', listener);
      assert.equal(warnings.length, 1);
      assert.equal(warnings[0]!.message, 'worker alone failed, and goes on: no');
      assert.equal(worker.info().failures >= 3, true);
    }));

  test('an onError that throws or rejects is reported, and the worker goes on', () =>
    within({}, async (supervisor) => {
      const errors = new Calls<string>();
      supervisor.on('error', ({ error, source }) => errors.add(`${source}: ${(error as Error).message}`));
      let runs = 0;
      backgroundWorker(
        () => {
          runs += 1;
          if (runs === 3) return false;
          throw new Error('no');
        },
        {
          supervisor,
          name: 'w',
          onError: (error) => {
            if (runs === 1) throw error;
            return Promise.reject(error as Error);
          },
        },
      ).start();
      await errors.reach(2);
      assert.deepEqual(errors.list, ['onError of worker w: no', 'onError of worker w: no']);
    }));

  test('in an interval worker leaves out the ticks of the pause, and counts them', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const runs: number[] = [];
      const worker = backgroundWorker(
        () => {
          runs.push(clock.now());
          throw new Error('no');
        },
        { supervisor, interval: 15, onError: () => {} },
      ).start();
      await turn();
      await turn();
      for (let n = 0; n < 24; n += 1) {
        clock.advance(5);
        await turn();
      }
      assert.deepEqual(runs, [0, 15, 45, 90]);
      assert.equal(worker.info().skipped, 3 + 5);
    });
  });
});
