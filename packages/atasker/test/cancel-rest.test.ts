import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TaskStatus, waitCompleted, type TaskType, type CanceledError } from 'atasker';
import './support/leaks.ts';
import { newGate, open } from './support/gate.ts';
import { one, within } from './support/within.ts';
import { add, boom, hold, untilStopped, spin } from './tasks/basic.ts';

const two = { poolSize: 2, reserveNormal: 0, reserveHigh: 0 };

describe('waitCompleted with cancelRest', () => {
  test('gives the results if all tasks complete', async () => {
    await within({}, async (supervisor) => {
      const run = add.with({ supervisor });
      assert.deepEqual(await waitCompleted([run(1, 2), run(3, 4)], { cancelRest: true }), [3, 7]);
      assert.equal(await waitCompleted(run(1, 2), { cancelRest: true, timeout: '1h' }), 3);
      assert.deepEqual(await waitCompleted([], { cancelRest: true }), []);
    });
  });

  for (const tt of ['thread', 'process', 'async'] as const satisfies readonly TaskType[]) {
    test(`cancels running and waiting tasks at the first failure, and rejects when they have ended (${tt})`, async () => {
      await within(
        { threadPool: two, processPool: two, asyncPool: { poolSize: 2 }, cancelGrace: '1ms' },
        async (supervisor) => {
          const running = untilStopped.with({ supervisor, tt })();
          const failing = boom.with({ supervisor, tt, delay: '20ms' })('first');
          const waiting = Array.from({ length: 300 }, () => untilStopped.with({ supervisor, tt, priority: 'low' })());
          await assert.rejects(waitCompleted([running, failing, ...waiting], { cancelRest: true }), {
            message: 'first',
          });
          for (const { status, error } of [running, ...waiting]) {
            assert.equal(status, TaskStatus.canceled);
            assert.equal(((error as CanceledError).cause as Error).message, 'first');
          }
          if (tt !== 'async') assert.equal(supervisor.getTasks().size, 0);
        },
      );
    });
  }

  test('waits for a task that needs time to stop', async () => {
    await within({ threadPool: two, cancelGrace: '1h' }, async (supervisor) => {
      const gate = newGate();
      const stopping = spin.with({ supervisor })(gate);
      while (gate.words[0] === 0) await new Promise(setImmediate);
      await assert.rejects(waitCompleted([stopping, boom.with({ supervisor })('no')], { cancelRest: true }), {
        message: 'no',
      });
      assert.equal(stopping.isCompleted(), true);
    });
  });

  test('cancels the tasks when one of them is cancelled', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const gate = newGate();
      const first = hold.with({ supervisor })(gate);
      const [second, third] = [add.with({ supervisor })(1, 1), add.with({ supervisor })(2, 2)];
      const all = waitCompleted([second, third], { cancelRest: true });
      second.cancel('not needed');
      await assert.rejects(all, { code: 'ERR_TASK_CANCELED', taskId: second.id });
      assert.equal(third.status, TaskStatus.canceled);
      open(gate);
      await first;
    });
  });

  test('cancels the tasks when the time is over, and when the signal aborts', async () => {
    await within({ asyncPool: { poolSize: 10 }, cancelGrace: '1ms' }, async (supervisor) => {
      const run = untilStopped.with({ supervisor, tt: 'async' });
      const late = run();
      await assert.rejects(waitCompleted(late, { timeout: '5ms', cancelRest: true }), { code: 'ERR_WAIT_TIMEOUT' });
      assert.equal(late.status, TaskStatus.canceled);
      const aborted = run();
      const controller = new AbortController();
      const waiting = waitCompleted([aborted], { signal: controller.signal, cancelRest: true });
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, { message: 'enough' });
      assert.equal(aborted.status, TaskStatus.canceled);
    });
  });

  test('refuses a value that is not true or false', async () => {
    await assert.rejects(waitCompleted([], { cancelRest: 1 as never }), { code: 'ERR_INVALID_OPTION' });
  });
});
