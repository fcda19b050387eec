import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { taskSupervisor, TaskSupervisor, type Priority, type Task } from 'atasker';
import './support/leaks.ts';
import { striking } from '../src/testing/contract/tasks.ts';
import { collect, whenStarted } from './support/events.ts';
import { one, within } from './support/within.ts';
import { add, currentIds, never, spin, spinForEver, whereAmI } from './tasks/basic.ts';
import { leaveChild } from './tasks/faults.ts';
import { callChild, childFacts, withAsyncChild } from './tasks/nested.ts';

const tt = 'process' as const;

/** A process that has ended, and for which its parent has not waited yet, does not count. */
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/exe`);

const limits = { poolSize: 2, reserveNormal: 1, reserveHigh: 1 };

/** Resolves when no process holds the pipes of the process that is started next. */
function whenNextCloses(): Promise<void> {
  const alive = setInterval(() => {}, 1_000_000); // the pipes do not keep the program alive
  return new Promise((resolve) => {
    const note = (message: unknown): void => {
      unsubscribe('child_process', note);
      (message as { process: ChildProcess }).process.once('close', () => {
        clearInterval(alive);
        resolve();
      });
    };
    subscribe('child_process', note);
  });
}

describe('tasks in processes:', () => {
  test('reserved capacity holds: a full pool leaves room for a normal, a high and two critical ones', async () => {
    await within({ processPool: limits, cancelGrace: 0 }, async (supervisor) => {
      const start = (priority: Priority): Task => never.with({ supervisor, tt, priority })();
      const twoLow = whenStarted(supervisor, 2);
      const low = Array.from({ length: 20 }, () => start('low'));
      assert.deepEqual(new Set(await twoLow), new Set(low.slice(0, 2)));
      for (const priority of ['normal', 'high'] as const) {
        const started = whenStarted(supervisor, 1);
        const [first, second] = [start(priority), start(priority)];
        assert.deepEqual(await started, [first]);
        assert.equal(second.isStarted(), false);
      }
      const started = whenStarted(supervisor, 2);
      const critical = [start('critical'), start('critical')];
      assert.deepEqual(new Set(await started), new Set(critical));
      assert.equal(supervisor.getInfo().pools.process?.running, 6);
    });
  });

  test('a process is kept, retired when idle, and started again', async () => {
    await within({ processPool: { ...one, idleTimeout: 1 } }, async (supervisor) => {
      const gone = collect(supervisor, 'processExited', 1);
      const { pid } = await whereAmI.with({ supervisor, tt })();
      assert.deepEqual(await gone, [{ pid, exitCode: 0, signal: null }]);
      assert.notEqual((await whereAmI.with({ supervisor, tt })()).pid, pid);
    });
  });

  test('a task knows itself', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const task = currentIds.with({ supervisor, tt })();
      assert.equal((await task).after, task.id);
    });
  });

  test('cancel is seen in synchronous code, and ends a process that ignores it', async () => {
    await within({ processPool: one, cancelGrace: 2000 }, async (supervisor) => {
      const late = collect(supervisor, 'lateResult', 1);
      const polite = spin.with({ supervisor, tt })({ words: new Int32Array(2) });
      await whenStarted(supervisor, 1);
      polite.cancel('enough');
      await assert.rejects(polite, { code: 'ERR_TASK_CANCELED', cause: 'enough' });
      assert.equal((await late)[0]?.result, 'AbortError true');

      const rude = spinForEver.with({ supervisor, tt, cancelGrace: 0, timeout: 50 })({ words: new Int32Array(2) });
      await assert.rejects(rude, { code: 'ERR_TASK_TIMEOUT' });
      assert.equal(await add.with({ supervisor, tt })(1, 2), 3);
    });
  });

  test('nested tasks: a pool of one, and an async child', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const parents = Array.from({ length: 10 }, (_, n) => callChild.with({ supervisor, tt })(n));
      assert.deepEqual(
        await Promise.all(parents),
        Array.from({ length: 10 }, (_, n) => n * 2 + 1),
      );
      assert.equal((await childFacts.with({ supervisor, tt, priority: 'high' })()).priorities.low, 'high');
      assert.deepEqual(await withAsyncChild.with({ supervisor, tt })(), { child: false, parent: true });
    });
  });

  for (const end of ['exit', 'SIGKILL'] as const) {
    test(`one that ends by ${end} has ended, even if a child of its own still holds its standard error`, async () => {
      const supervisor = new TaskSupervisor({ processPool: one });
      const pipesClosed = whenNextCloses();
      const child = await leaveChild.with({ supervisor, tt })();
      try {
        await assert.rejects(striking.with({ supervisor, tt })(end), { code: 'ERR_TASK_LOST' });
        assert.equal(await add.with({ supervisor, tt })(1, 2), 3);
        await supervisor.stop();
        assert.ok(isAlive(child));
      } finally {
        process.kill(child, 'SIGKILL');
        await pipesClosed;
      }
    });
  }

  test('stop ends all processes', async () => {
    const supervisor = new TaskSupervisor({ processPool: { ...limits, minSize: 3 } });
    const started = collect(supervisor, 'processStarted', 3);
    supervisor.start();
    const pids = (await started).map(({ pid }) => pid);
    assert.equal(await add.with({ supervisor, tt })(1, 2), 3);
    await supervisor.stop();
    assert.ok(!pids.some(isAlive));
  });

  test('setMpPool resizes, and checks what it is given', () => {
    assert.throws(() => taskSupervisor.setMpPool({ poolSize: -1 }), { code: 'ERR_INVALID_OPTION' });
    assert.throws(() => taskSupervisor.setMpPool({ resourceLimits: {} } as never), {
      message: /processPool has no option resourceLimits/,
    });
  });
});
