import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackgroundEventWorker, backgroundWorker } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Calls, Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

describe('an event worker', () => {
  test('executes once for all triggers before the execution', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor, event: true });
      assert.equal(worker.trigger(), false);
      worker.start('x');
      await turn();
      assert.equal(executions.open, 0);
      assert.deepEqual([worker.trigger(), worker.trigger()], [true, true]);
      await executions.begun.reach(1);
      executions.end();
      await turn();
      await turn();
      assert.deepEqual(executions.begun.list, [['x']]);
    }));

  test('ignores triggers while it runs; with force it runs once more, however many there are', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = new (class Events extends BackgroundEventWorker {
        protected override run = executions.execute;
      })({ supervisor }).start();
      worker.trigger();
      await executions.begun.reach(1);
      assert.equal(worker.trigger(), false);
      executions.end();
      await turn();
      await turn();
      assert.equal(executions.begun.list.length, 1);
      worker.trigger();
      await executions.begun.reach(2);
      for (let n = 0; n < 3; n += 1) assert.equal(worker.trigger({ force: true }), true);
      executions.end();
      await executions.begun.reach(3);
      executions.end();
      await turn();
      await turn();
      assert.equal(executions.begun.list.length, 3);
    }));

  test('a trigger in the pause after a failure is not lost', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const runs = new Calls();
      const failed = new Calls();
      const worker = backgroundWorker(
        () => {
          runs.add(1);
          if (runs.list.length === 1) throw new Error('once');
        },
        { supervisor, event: true, onError: () => failed.add(1) },
      ).start();
      worker.trigger();
      await failed.reach(1);
      await turn();
      worker.trigger();
      await turn();
      assert.equal(runs.list.length, 1);
      assert.equal(worker.info().backOff, 10);
      clock.advance(10);
      await runs.reach(2);
    });
  });

  test('a trigger of a paused worker waits for its resume', () =>
    within({}, async (supervisor) => {
      const runs = new Calls();
      const worker = backgroundWorker(() => runs.add(1), { supervisor, event: true }).start();
      worker.pause();
      worker.trigger();
      await turn();
      await turn();
      assert.equal(runs.list.length, 0);
      worker.resume();
      await runs.reach(1);
    }));
});
