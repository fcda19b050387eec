import assert from 'node:assert/strict';
import { TaskStatus, type Priority, type Task, type TaskOptions } from 'atasker';
import { ManualClock } from '../manual-clock.ts';
import { failsWith } from './ends.ts';
import { collect, whenStarted } from './events.ts';
import { placeOf, poolInfoOf } from './subject.ts';
import { rows, type RowBody } from './row.ts';
import { cancel, occupy } from './rows-cancel.ts';
import { add, link, striking, thenStrike } from './tasks.ts';

const NOTHING = { completed: 0, failed: 0, canceled: 0, lost: 0, unfinished: [] };

/** Who tells of the end of what. */
const exits = [
  ['threads', 'threadExited'],
  ['processes', 'processExited'],
] as const;

export const lifeRows = rows('life', [
  {
    name: 'stop may be called before the start, and twice, and start works after it',
    run: async ({ on, supervisor }) => {
      assert.deepEqual(await supervisor.stop(), NOTHING);
      assert.deepEqual(await supervisor.stop(), NOTHING);
      await failsWith(add.with(on)(1, 2), 'ERR_SUPERVISOR_STOPPED');
      supervisor.start();
      assert.equal(await add.with(on)(1, 2), 3);
    },
  },
  {
    name: 'stop during the start waits for the tasks that were called, and refuses new ones',
    run: async ({ on, supervisor }) => {
      const tasks = Array.from({ length: 10 }, (_, n) => add.with(on)(n, 1));
      const stopping = supervisor.stop();
      assert.equal(supervisor.stop(), stopping);
      await failsWith(add.with(on)(1, 2), 'ERR_SUPERVISOR_STOPPED');
      assert.deepEqual(await stopping, { ...NOTHING, completed: 10, failed: 1 });
      assert.ok(tasks.every(({ status }) => status === TaskStatus.completed));
    },
  },
  {
    name: 'stop with cancelTasks during the start cancels what was called',
    run: async ({ on, supervisor }) => {
      const tasks = Array.from({ length: 10 }, (_, n) => add.with(on)(n, 1));
      const { canceled, completed } = await supervisor.stop({ cancelTasks: true });
      assert.equal(canceled + completed, 10);
      for (const task of tasks.slice(-5)) await failsWith(task, 'ERR_TASK_CANCELED');
    },
  },
  {
    name: 'stop cancels delayed tasks, and waits for running and waiting tasks',
    run: async (pool) => {
      const { on, supervisor } = pool;
      const { occupier } = await occupy(pool);
      const waiting = add.with(on)(1, 2);
      const delayed = add.with({ ...on, delay: '1h' })(1, 2);
      const stopping = supervisor.stop();
      await failsWith(delayed, 'ERR_TASK_CANCELED');
      await cancel(occupier);
      assert.deepEqual(await stopping, { ...NOTHING, completed: 1, canceled: 2 });
      assert.equal(waiting.result, 3);
    },
  },
  {
    name: 'a full pool of parents that wait for their children goes on',
    run: async ({ on }) => {
      const parents = Array.from({ length: 20 }, () => link.with(on)(on.tt, on.loop, 2));
      assert.deepEqual(
        await Promise.all(parents),
        Array.from({ length: 20 }, () => 2),
      );
    },
  },
  {
    name: 'a chain of tasks, each of which waits for the next one',
    run: async ({ on, subject }) => {
      assert.equal(await link.with(on)(on.tt, on.loop, subject.longestChain), subject.longestChain);
    },
  },
  {
    name: 'a full backlog rejects what is beyond it, or lets it wait',
    needs: ['near'],
    pool: { maxQueue: 2 },
    run: async (pool) => {
      const { on, configure } = pool;
      const { occupier } = await occupy(pool);
      const tasks = Array.from({ length: 3 }, () => add.with(on)(1, 1));
      await failsWith(tasks[2]!, 'ERR_TASK_REJECTED');
      configure({ whenFull: 'wait' });
      const beyond = Array.from({ length: 3 }, (_, n) => add.with(on)(n, 1));
      await cancel(beyond[1]!);
      await cancel(occupier);
      assert.deepEqual(await Promise.all([tasks[0], tasks[1], beyond[0], beyond[2]]), [2, 2, 1, 3]);
      configure({ maxQueue: Infinity });
    },
  },
  {
    name: 'tasks beyond maxQueue wait like all others: getInfo counts them, and priority and queueTimeout apply to them',
    needs: ['near'],
    pool: { maxQueue: 1, whenFull: 'wait' },
    run: async (pool) => {
      const { on, supervisor, subject, configure } = pool;
      const { occupier } = await occupy(pool);
      const call = (priority: Priority, options: TaskOptions = {}): Task =>
        add.with({ ...on, priority, ...options })(1, 1);
      const low = Array.from({ length: 5 }, () => call('low'));
      const [high, normal] = [call('high'), call('normal')];
      const impatient = call('high', { queueTimeout: 1 });
      assert.equal(low[4]!.setPriority('normal'), true);
      await failsWith(impatient, 'ERR_TASK_QUEUE_TIMEOUT');
      assert.deepEqual(poolInfoOf(subject, supervisor)!.queued, { low: 4, normal: 2, high: 1, critical: 0 });
      const order = collect(supervisor, 'taskStarted', 7);
      await cancel(occupier);
      const started = (await order).map(({ task }) => task);
      assert.deepEqual(
        started.map(({ id }) => id),
        [high, normal, low[4]!, ...low.slice(0, 4)].map(({ id }) => id),
      );
      await Promise.all(started);
      configure({ maxQueue: Infinity });
    },
  },
  {
    name: 'stop with cancelTasks cancels tasks beyond maxQueue too',
    pool: { maxQueue: 1, whenFull: 'wait' },
    run: async (pool) => {
      const { on, supervisor, configure } = pool;
      await occupy(pool);
      const tasks = Array.from({ length: 10 }, () => add.with(on)(1, 1));
      assert.deepEqual(await supervisor.stop({ cancelTasks: true }), { ...NOTHING, canceled: 11 });
      for (const task of tasks) await failsWith(task, 'ERR_TASK_CANCELED');
      configure({ maxQueue: Infinity });
    },
  },
  {
    name: 'a low task that never gets a turn is seen in getInfo',
    needs: ['near'],
    run: async ({ subject }) => {
      const clock = new ManualClock();
      const supervisor = subject.makeSupervisor({ clock, pool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0 } });
      const on = placeOf(subject, supervisor);
      const { occupier } = await occupy({ subject, supervisor, on, configure: () => {} });
      const low = add.with({ ...on, priority: 'low' })(1, 2);
      clock.advance('1m');
      const { low: lowWait, high } = poolInfoOf(subject, supervisor)!.oldestWait;
      assert.deepEqual([lowWait, high], [60_000, 0]);
      await cancel(occupier);
      assert.equal(await low, 3);
      await supervisor.stop();
    },
  },
  {
    name: 'listeners and callbacks that throw are reported, and the next task starts',
    run: async ({ on, supervisor }) => {
      const errors = collect(supervisor, 'error', 3);
      const fail = (message: string) => (): never => {
        throw new Error(message);
      };
      supervisor.once('taskStarted', fail('listener of a start'));
      supervisor.once('taskCompleted', fail('listener of an end'));
      const task = add.with({ ...on, callback: fail('callback') })(1, 2);
      const next = add.with(on)(2, 2);
      assert.deepEqual([await task, await next], [3, 4]);
      const messages = (await errors).map(({ error }) => (error as Error).message);
      assert.deepEqual(new Set(messages), new Set(['listener of a start', 'listener of an end', 'callback']));
    },
  },
  ...exits.map(([trait, event]): RowBody => ({
    name: 'a thread or process that dies while it has nothing to do is replaced when it is needed',
    needs: [trait, 'near'],
    run: async ({ on, supervisor }) => {
      for (const strike of ['exit', 'throw', 'reject'] as const) {
        const exited = collect(supervisor, event, 1);
        assert.equal(await thenStrike.with(on)(strike), 'returned');
        await exited;
        assert.equal(await add.with(on)(1, 2), 3);
      }
    },
  })),
  {
    name: 'when a thread dies, the task that has started in it is lost, and the waiting tasks are not',
    needs: ['ends'],
    run: async ({ on, supervisor }) => {
      const started = whenStarted(supervisor, 1);
      const task = striking.with(on)('exit');
      const waiting = Array.from({ length: 5 }, (_, n) => add.with(on)(n, 1));
      assert.deepEqual(await started, [task]);
      await failsWith(task, 'ERR_TASK_LOST');
      assert.deepEqual(await Promise.all(waiting), [1, 2, 3, 4, 5]);
      assert.equal(supervisor.getInfo().totals.lost, 1);
    },
  },
]);
