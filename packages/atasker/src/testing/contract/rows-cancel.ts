import assert from 'node:assert/strict';
import { CanceledError, TaskStatus, type Clock, type Task } from 'atasker';
import { ManualClock } from '../manual-clock.ts';
import { failsWith } from './ends.ts';
import { whenStarted } from './events.ts';
import type { ContractPool } from './pool.ts';
import { placeOf } from './subject.ts';
import { rows } from './row.ts';
import { add, busyFor, untilAborted } from './tasks.ts';

const BEYOND_TIMERS = 2 ** 31 + 1000;

/** Takes the one slot of the pool, until it is cancelled. */
export async function occupy({ on, supervisor }: ContractPool): Promise<{ occupier: Task }> {
  const started = whenStarted(supervisor, 1);
  const occupier = untilAborted.with(on)();
  await started;
  return { occupier };
}

export async function cancel(task: Task): Promise<void> {
  assert.equal(task.cancel('done'), true);
  await failsWith(task, 'ERR_TASK_CANCELED');
}

export const cancelRows = rows('cancel and time limits', [
  {
    name: 'a waiting or delayed task that is cancelled never starts, and cannot be cancelled again',
    run: async (pool) => {
      const { occupier } = await occupy(pool);
      for (const task of [add.with(pool.on)(1, 2), add.with({ ...pool.on, delay: '1h' })(1, 2)]) {
        assert.deepEqual([task.cancel('why'), task.cancel('again')], [true, false]);
        const error = await failsWith(task, 'ERR_TASK_CANCELED');
        assert.ok(error instanceof CanceledError);
        assert.deepEqual([error.name, error.cause], ['AbortError', 'why']);
        assert.deepEqual([task.status, task.timeStarted], [TaskStatus.canceled, null]);
      }
      await cancel(occupier);
    },
  },
  {
    name: 'a running task hears of its cancellation, and its status is "started" until it has ended',
    run: async (pool) => {
      const { occupier: task } = await occupy(pool);
      assert.deepEqual([task.cancel('why'), task.cancel('again'), task.status], [true, false, TaskStatus.started]);
      assert.equal((await failsWith(task, 'ERR_TASK_CANCELED')).cause, 'why');
    },
  },
  {
    name: 'a task that has ended cannot be cancelled',
    run: async ({ on }) => {
      const task = add.with(on)(1, 2);
      await task;
      assert.deepEqual([task.cancel(), task.status, task.result], [false, TaskStatus.completed, 3]);
    },
  },
  {
    name: 'one signal for 10,000 tasks has one listener, and a task with an aborted signal is never queued',
    run: async ({ on, supervisor }) => {
      const { signal, abort, listeners } = countedSignal();
      const call = add.with({ ...on, signal, delay: '1h' });
      const ends = Promise.allSettled(Array.from({ length: 10_000 }, () => call(1, 2)));
      assert.equal(listeners(), 1);
      abort('all');
      assert.ok((await ends).every((end) => end.status === 'rejected' && (end.reason as Error).cause === 'all'));
      let queued = 0;
      supervisor.on('taskQueued', () => (queued += 1));
      const none = add.with({ ...on, signal })(1, 2);
      assert.equal((await failsWith(none, 'ERR_TASK_CANCELED')).cause, 'all');
      assert.equal(queued, 0);
    },
  },
  {
    name: 'a task that is cancelled while it completes is either cancelled or completed, whichever comes first',
    run: async ({ on }) => {
      const tasks = Array.from({ length: 300 }, (_, n) => add.with(on)(n, 1));
      for (const task of tasks) {
        await Promise.race(tasks.slice(0, 10)).catch(() => {});
        const wasCanceled = task.cancel();
        await task.catch(() => {});
        assert.equal(task.status, wasCanceled ? TaskStatus.canceled : TaskStatus.completed);
      }
    },
  },
  {
    name: 'a result that arrives before the timeout counts, however late it is read',
    needs: ['ends'],
    cancelGrace: 0,
    run: async ({ on, supervisor }) => {
      await add.with(on)(1, 2);
      const started = whenStarted(supervisor, 1);
      const task = busyFor.with({ ...on, timeout: 500 })(10);
      await started;
      busyFor.fn(600);
      assert.equal(await task, 'in time');
    },
  },
  {
    name: 'delays and limits beyond 2^31 milliseconds',
    run: async ({ on }) => {
      const delayed = add.with({ ...on, delay: BEYOND_TIMERS })(1, 2);
      const limits = { timeout: BEYOND_TIMERS, deadline: '400d', queueTimeout: BEYOND_TIMERS } as const;
      assert.equal(await add.with({ ...on, ...limits })(1, 2), 3);
      assert.equal(delayed.status, TaskStatus.delayed);
      await cancel(delayed);
    },
  },
  {
    name: 'a delayed task starts on time even if the wall clock jumps by a day, ahead or back',
    needs: ['near'],
    run: async ({ subject }) => {
      for (const jumpMs of [DAY, -DAY]) {
        const { clock, time } = jumpingClock(jumpMs);
        const supervisor = subject.makeSupervisor({ clock, pool: {} });
        const task = add.with({ ...placeOf(subject, supervisor), delay: '1h' })(1, 2);
        time.advance('59m');
        assert.equal(task.status, TaskStatus.delayed);
        time.advance('1m');
        assert.equal(await task, 3);
        assert.ok(task.timeQueued <= task.timeStarted! && task.timeStarted! <= task.timeCompleted!);
        await supervisor.stop();
      }
    },
  },
]);

function countedSignal(): { signal: AbortSignal; abort: (reason: string) => void; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  const listen = signal.addEventListener.bind(signal);
  let count = 0;
  signal.addEventListener = (...args: Parameters<typeof listen>) => {
    count += 1;
    listen(...args);
  };
  return { signal, abort: (reason) => controller.abort(reason), listeners: () => count };
}

const DAY = 24 * 60 * 60 * 1000;

/** The wall clock is changed once, after 10 minutes; what it showed is not what time has passed. */
function jumpingClock(by: number): { clock: Clock; time: ManualClock } {
  const time = new ManualClock();
  const clock: Clock = {
    now: () => time.now(),
    date: () => 10 * DAY + time.now() + (time.now() > 600_000 ? by : 0),
    after: (ms, callback) => time.after(ms, callback),
  };
  return { clock, time };
}
