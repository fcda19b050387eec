import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskSupervisor, type Aloop, type TaskType } from 'atasker';
import './support/leaks.ts';
import { startStopContract, type Service } from './support/start-stop.ts';
import { add } from './tasks/basic.ts';

/** A supervisor whose members start before its tasks, and tasks of these types. */
function supervisorOf(types: readonly TaskType[]): Service {
  const ahead = { poolSize: 2, minSize: 1 };
  const supervisor = new TaskSupervisor({
    ...(types.includes('thread') ? { threadPool: ahead } : {}),
    ...(types.includes('process') ? { processPool: ahead } : {}),
  });
  return {
    start: () => supervisor.start(),
    stop: () => supervisor.stop(),
    work() {
      for (const tt of types)
        add
          .with({ supervisor, tt })(1, 2)
          .catch(() => {}); // refused while it stops
    },
    resize(poolSize) {
      if (types.includes('thread')) supervisor.setThreadPool({ poolSize, minSize: 'max' });
      if (types.includes('process')) supervisor.setMpPool({ poolSize, minSize: 'max' });
      supervisor.setAsyncPool({ poolSize });
    },
    get left() {
      const { pools, tasks } = supervisor.getInfo();
      return Object.values(pools).reduce((sum, { alive, running }) => sum + alive + running, tasks!.length);
    },
  };
}

/** An aloop, which is stopped before its supervisor, together with it, or only by it. */
function aloopOf(stop: (loop: Aloop, supervisor: TaskSupervisor) => Promise<unknown>): Service {
  const supervisor = new TaskSupervisor();
  const loop = supervisor.createAloop('io', { start: false });
  return {
    start() {
      supervisor.start();
      loop.start();
    },
    stop: () => stop(loop, supervisor),
    work() {
      add
        .with({ supervisor, loop: 'io' })(1, 2)
        .catch(() => {}); // refused while it stops
    },
    resize: (poolSize) => loop.setPool({ poolSize }),
    get left() {
      const { aloops, tasks } = supervisor.getInfo();
      return aloops.reduce((sum, { pool }) => sum + pool.alive + pool.running, tasks!.length);
    },
  };
}

test('a map that a stopped supervisor refuses makes no pool, so that none starts threads in it', async () => {
  const supervisor = new TaskSupervisor();
  await supervisor.stop();
  for (const tt of ['thread', 'process', 'async'] as const) {
    await assert.rejects(Promise.resolve(add.with({ supervisor, tt }).map([1], { args: [2] })), {
      code: 'ERR_SUPERVISOR_STOPPED',
    });
  }
  supervisor.setThreadPool({ minSize: 1 });
  assert.deepEqual(supervisor.getInfo().pools, {});
});

startStopContract('a supervisor of async tasks', () => supervisorOf(['async']), 100);
startStopContract('a supervisor of threads', () => supervisorOf(['thread']), 5);
startStopContract('a supervisor of processes', () => supervisorOf(['process']), 2);
startStopContract('a supervisor of all of these', () => supervisorOf(['async', 'thread', 'process']), 2);
startStopContract('an aloop', () => aloopOf((loop, supervisor) => loop.stop().then(() => supervisor.stop())), 5);
startStopContract(
  'an aloop and its supervisor at once',
  () => aloopOf((loop, supervisor) => Promise.all([supervisor.stop(), loop.stop()])),
  5,
);
