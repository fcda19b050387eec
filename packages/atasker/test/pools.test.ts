import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TaskSupervisor, type Priority, type Task } from 'atasker';
import './support/leaks.ts';
import { collect, whenStarted } from './support/events.ts';
import { letGo, newGate, open, type Gate } from './support/gate.ts';
import { one, within } from './support/within.ts';
import { add, hold, threadNumber } from './tasks/basic.ts';
import { holdHere } from './tasks/async.ts';

const limits = { poolSize: 2, reserveNormal: 1, reserveHigh: 1 };

describe('reserved capacity, with poolSize 2, reserveNormal 1, reserveHigh 1:', () => {
  for (const tt of ['thread', 'async'] as const) {
    test(`100 low tasks leave room for a normal, a high and ten critical ones (${tt})`, async () => {
      await within({ threadPool: limits, asyncPool: limits }, async (supervisor) => {
        const gate = newGate();
        const task = tt === 'thread' ? hold.with({ supervisor }) : holdHere.with({ supervisor, tt });
        const start = (priority: Priority): Task => task.with({ priority })(gate);
        const running = (): number => supervisor.getInfo().pools[tt]!.running;

        const twoLow = whenStarted(supervisor, 2);
        const low = Array.from({ length: 100 }, () => start('low'));
        assert.deepEqual(new Set(await twoLow), new Set(low.slice(0, 2)));
        assert.equal(running(), 2);

        const oneNormal = whenStarted(supervisor, 1);
        const normal = [start('normal'), start('normal')];
        assert.deepEqual(await oneNormal, [normal[0]]);
        assert.equal(running(), 3);
        assert.equal(normal[1]?.isStarted(), false);

        const oneHigh = whenStarted(supervisor, 1);
        const high = [start('high'), start('high')];
        assert.deepEqual(await oneHigh, [high[0]]);

        const tenCritical = whenStarted(supervisor, 10);
        const critical = Array.from({ length: 10 }, () => start('critical'));
        assert.deepEqual(new Set(await tenCritical), new Set(critical));
        assert.equal(running(), 14);
        assert.ok([normal[1], high[1], ...low.slice(2)].every((each) => !each?.isStarted()));

        const all = [...low, ...normal, ...high, ...critical];
        open(gate);
        await Promise.all(all);
      });
    });
  }

  test('a task that ends makes room for the most urgent waiting task, first in, first out', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const order: string[] = [];
      supervisor.on('taskStarted', ({ task }) => order.push(task.name));
      const gates = [newGate(), newGate()];
      const held = hold.with({ supervisor, name: 'first' })(gates[0]!);
      await whenStarted(supervisor, 1);
      const tasks = (['low', 'normal', 'low', 'critical', 'high', 'normal'] as const).map((priority, index) =>
        add.with({ supervisor, priority, name: `${priority} ${index}` })(1, 1),
      );
      await tasks[3];
      open(gates[0]!);
      await Promise.all([held, ...tasks]);
      assert.deepEqual(order, ['first', 'critical 3', 'high 4', 'normal 1', 'normal 5', 'low 0', 'low 2']);
    });
  });

  test('a waiting task can change its priority, a started one cannot', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const order: string[] = [];
      supervisor.on('taskCompleted', ({ task }) => order.push(task.name));
      const gate = newGate();
      const held = hold.with({ supervisor, name: 'held' })(gate);
      await whenStarted(supervisor, 1);
      const [a, b] = [add.with({ supervisor, name: 'a' })(1, 1), add.with({ supervisor, name: 'b' })(1, 1)];
      assert.equal(b.setPriority('high'), true);
      assert.equal(b.priority, 'high');
      assert.equal(held.setPriority('high'), false);
      open(gate);
      await Promise.all([held, a, b]);
      assert.equal(a.setPriority('high'), false);
      assert.deepEqual(order, ['held', 'b', 'a']);
    });
  });
});

describe('sizes of the pool:', () => {
  async function arrive(supervisor: TaskSupervisor, gate: Gate, count: number): Promise<Task[]> {
    const started = whenStarted(supervisor, count);
    for (let n = 0; n < count; n += 1) hold.with({ supervisor })(gate);
    return started;
  }

  test('a bigger pool starts waiting tasks at once, a smaller one harms no running task', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const gate = newGate();
      const firstStarted = whenStarted(supervisor, 1);
      const tasks = Array.from({ length: 5 }, () => hold.with({ supervisor })(gate, 'fine'));
      await firstStarted;
      const twoMore = whenStarted(supervisor, 2);
      supervisor.setThreadPool({ poolSize: 3 });
      assert.deepEqual(new Set(await twoMore), new Set(tasks.slice(1, 3)));
      supervisor.setThreadPool({ poolSize: 1 });
      const running = (): number => supervisor.getInfo().pools.thread!.running;
      assert.equal(running(), 3);
      for (const left of [2, 1]) {
        const ended = collect(supervisor, 'taskCompleted', 1);
        letGo(gate, 1);
        await ended;
        assert.equal(running(), left);
      }
      open(gate);
      assert.deepEqual(
        await Promise.all(tasks),
        Array.from({ length: 5 }, () => 'fine'),
      );
    });
  });

  test('0 and Infinity mean no limit', async () => {
    for (const poolSize of [0, Infinity]) {
      await within({ threadPool: { poolSize } }, async (supervisor) => {
        const gate = newGate();
        await arrive(supervisor, gate, 6);
        open(gate);
      });
    }
  });

  test('maxSize bounds the threads: a critical task waits first in line', async () => {
    await within({ threadPool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0, maxSize: 1 } }, async (supervisor) => {
      const gate = newGate();
      await arrive(supervisor, gate, 1);
      const low = add.with({ supervisor, priority: 'low' })(1, 1);
      const critical = add.with({ supervisor, priority: 'critical' })(2, 2);
      assert.equal(supervisor.getInfo().pools.thread!.alive, 1);
      const first = whenStarted(supervisor, 1);
      open(gate);
      assert.deepEqual(await first, [critical]);
      assert.deepEqual(await Promise.all([low, critical]), [2, 4]);
    });
  });

  test('minSize threads are started ahead and kept', async () => {
    const supervisor = new TaskSupervisor({ threadPool: { ...limits, minSize: 'max', idleTimeout: 1 } });
    const started = collect(supervisor, 'threadStarted', 4);
    supervisor.start();
    assert.equal((await started).length, 4);
    assert.equal(await add.with({ supervisor })(1, 2), 3);
    assert.equal(supervisor.getInfo().pools.thread?.alive, 4);
    await supervisor.stop();
  });

  test('minSize threads stay of many that become idle together', async () => {
    const threadPool = { poolSize: 6, reserveNormal: 0, reserveHigh: 0, minSize: 4, idleTimeout: 1 };
    await within({ threadPool }, async (supervisor) => {
      const gate = newGate();
      const tasks = await arrive(supervisor, gate, 6);
      const gone = collect(supervisor, 'threadExited', 2);
      open(gate);
      await Promise.all([...tasks, gone]);
      const { alive, idle } = supervisor.getInfo().pools.thread!;
      assert.deepEqual({ alive, idle }, { alive: 4, idle: 4 });
    });
  });

  test('after the first result a warm spare stands by, so that an urgent task needs no new thread', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      await add.with({ supervisor })(1, 1);
      const spare = collect(supervisor, 'threadStarted', 1);
      const gate = newGate();
      await arrive(supervisor, gate, 1);
      await spare;
      while (supervisor.getInfo().pools.thread?.idle === 0) await new Promise(setImmediate);
      const alive = supervisor.getInfo().pools.thread?.alive;
      assert.equal(alive, 2);
      assert.equal(await add.with({ supervisor, priority: 'critical' })(1, 1), 2);
      open(gate);
    });
  });

  test('a thread that has nothing to do is retired, and a new task gets a new one', async () => {
    await within({ threadPool: { ...one, idleTimeout: 1 } }, async (supervisor) => {
      const gone = collect(supervisor, 'threadExited', 1);
      const first = await threadNumber.with({ supervisor })();
      assert.deepEqual(await gone, [{ threadId: first, exitCode: 0 }]);
      assert.equal(supervisor.getInfo().pools.thread?.alive, 0);
      assert.notEqual(await threadNumber.with({ supervisor })(), first);
    });
  });
});
