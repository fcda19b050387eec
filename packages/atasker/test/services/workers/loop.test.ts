import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { BackgroundAsyncWorker, BackgroundWorker, backgroundTask, backgroundWorker, currentTask } from 'atasker';
import { Calls, Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

describe('a loop worker', () => {
  test('executes again as soon as the last execution has ended, never two at a time, with the arguments of start', () =>
    within({}, async (supervisor) => {
      const executions = new Executions();
      const worker = backgroundWorker(executions.execute, { supervisor });
      worker.start('a', 2);
      for (let n = 1; n <= 3; n += 1) {
        await executions.begun.reach(n);
        await turn();
        assert.equal(executions.open, 1);
        executions.end();
      }
      await executions.begun.reach(4);
      assert.deepEqual(executions.begun.list[3], ['a', 2]);
      const stopping = worker.stop();
      executions.end();
      assert.equal(await stopping, true);
      assert.equal(executions.begun.list.length, 4);
    }));

  test('never starves the event loop, neither with synchronous code nor with promises that are there already', () =>
    within({}, async (supervisor) => {
      for (const execute of [() => {}, async () => {}]) {
        const calls = new Calls();
        const worker = backgroundWorker(() => (calls.add(1), execute()), { supervisor }).start();
        await calls.reach(5);
        await new Promise((resolve) => void setTimeout(resolve, 1)); // timers have their turn
        const { length } = calls.list;
        await turn();
        await turn();
        assert.ok(calls.list.length - length <= 2, 'one execution for each turn of the event loop');
        await worker.stop();
      }
    }));

  test('stops when its executor returns false, with an event', () =>
    within({}, async (supervisor) => {
      const stopped = new Calls<[string, string]>();
      supervisor.on('workerStopped', ({ worker, reason }) => stopped.add([worker.name, reason]));
      let left = 3;
      backgroundWorker(() => --left > 0, { supervisor, name: 'countdown' }).start();
      await stopped.reach(1);
      assert.deepEqual(stopped.list, [['countdown', 'returnedFalse']]);
      assert.equal(left, 0);
    }));

  test('may be stopped by its own executor, which does not wait for itself', () =>
    within({}, async (supervisor) => {
      const answers = new Calls<boolean>();
      const worker = new (class Own extends BackgroundWorker {
        protected override async run(): Promise<void> {
          answers.add(await this.stop());
        }
      })({ supervisor });
      worker.start();
      await answers.reach(1);
      assert.deepEqual(answers.list, [false]);
      assert.equal(await worker.stop(), true);
    }));

  test('is extended with a method run, which reaches the worker and its object by this', () =>
    within({}, async (supervisor) => {
      const calls = new Calls<unknown[]>();
      class Collect extends BackgroundWorker {
        protected override run(...args: unknown[]): boolean {
          calls.add([this.name, this.o, ...args]);
          return false;
        }
      }
      const o = { limit: 3 };
      new Collect({ supervisor, o }).start('x');
      await calls.reach(1);
      assert.deepEqual(calls.list, [['Collect', o, 'x']]);
      assert.equal(BackgroundAsyncWorker, BackgroundWorker);
    }));

  test('gives an ordinary function the worker as its this', () =>
    within({}, async (supervisor) => {
      const seen = new Calls();
      const o = {};
      const worker = backgroundWorker(
        function look() {
          seen.add(this === worker && this.o === o);
          return false;
        },
        { supervisor, o },
      );
      worker.start();
      await seen.reach(1);
      assert.deepEqual(seen.list, [true]);
      assert.equal(worker.name, 'look');
    }));

  test('executes in the async context of its start, but not as the task that started it', () =>
    within({}, async (supervisor) => {
      const storage = new AsyncLocalStorage<string>();
      const seen = new Calls<[unknown, unknown]>();
      const worker = backgroundWorker(
        () => {
          seen.add([storage.getStore(), thrownBy(() => currentTask())]);
          return false;
        },
        { supervisor },
      );
      const startIt = backgroundTask(() => void storage.run('of the start', () => worker.start()), { tt: 'async' });
      await startIt.with({ supervisor })();
      await seen.reach(1);
      assert.deepEqual(seen.list, [['of the start', 'ERR_NO_CURRENT_TASK']]);
    }));
});

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
