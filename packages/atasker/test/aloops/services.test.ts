import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { threadId } from 'node:worker_threads';
import { BackgroundIntervalWorker, BackgroundWorker, backgroundWorker, taskSupervisor } from 'atasker';
import '../support/leaks.ts';
import { Calls } from '../support/calls.ts';
import { collect } from '../support/events.ts';
import { newGate, open } from '../support/gate.ts';
import { within } from '../support/within.ts';
import { plainWorker, threadOf } from '../tasks/aloops.ts';

describe('with a loop', () => {
  test('the executor of a worker runs on that aloop, and its result reaches processResult here', () =>
    within({}, async (supervisor) => {
      const there = await supervisor.createAloop('io').run(threadOf);
      const results = new Calls();
      class Threads extends BackgroundIntervalWorker {
        protected override run = threadOf;
        protected override processResult(result: unknown): void {
          results.add([result, threadId]);
        }
      }
      const worker = new Threads({ supervisor, loop: 'io', delay: 0 }).start();
      await results.reach(2);
      await worker.stop();
      assert.deepEqual(results.list.slice(0, 2), [
        [there, threadId],
        [there, threadId],
      ]);
    }));

  test('a plain function of a module runs there, too', async () => {
    await using loop = taskSupervisor.createAloop('io');
    const there = await loop.run(threadOf);
    const gate = newGate();
    open(gate);
    const ended = collect(taskSupervisor, 'taskCompleted', 1);
    plainWorker.start(gate, 'job');
    plainWorker.trigger();
    assert.deepEqual((await ended)[0]!.task.result, [there, 'job']);
    await plainWorker.stop();
  });

  test('a worker does not start if the aloop does not exist, or no thread could find its executor', () =>
    within({}, async (supervisor) => {
      const worker = backgroundWorker(threadOf, { supervisor, loop: 'io', event: true });
      assert.throws(() => worker.start(), { code: 'ERR_NO_ALOOP' });
      supervisor.createAloop('io');
      const hidden = backgroundWorker(() => 1, { supervisor, loop: 'io', event: true });
      assert.throws(() => hidden.start(), { code: 'ERR_INVALID_OPTION' });
      class Method extends BackgroundWorker {
        protected override run(): void {}
      }
      assert.throws(() => new Method({ supervisor, loop: 'io' }).start(), /loop needs an executor that is a task/);
      assert.equal(supervisor.getInfo().workers.length, 0);
    }));

  test('the jobs of a scheduler run on that aloop', () =>
    within({}, async (supervisor) => {
      const there = await supervisor.createAloop('io').run(threadOf);
      const scheduler = supervisor.createAsyncJobScheduler('jobs', { aloop: 'io', default: true });
      const ended = collect(supervisor, 'taskCompleted', 3);
      supervisor.createAsyncJob({ target: threadOf.fn, interval: '1ms', number: 3 });
      assert.deepEqual(
        (await ended).map(({ task }) => task.result),
        [there, there, there],
      );
      assert.equal(scheduler.aloop, 'io');
      assert.throws(() => scheduler.createAsyncJob({ target: () => 1 }), { code: 'ERR_INVALID_OPTION' });
      await scheduler.stop();
      assert.throws(() => supervisor.createAsyncJobScheduler('others', { aloop: 'no' }), { code: 'ERR_NO_ALOOP' });
      assert.equal(supervisor.getInfo().jobSchedulers.length, 0);
    }));
});
