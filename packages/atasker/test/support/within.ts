import assert from 'node:assert/strict';
import { TaskSupervisor, type SupervisorOptions } from 'atasker';

/** Runs the body with a supervisor of its own, and checks that it leaves nothing behind. */
export async function within<T>(
  options: SupervisorOptions,
  body: (supervisor: TaskSupervisor) => Promise<T>,
): Promise<T> {
  const supervisor = new TaskSupervisor(options);
  try {
    return await body(supervisor);
  } finally {
    await supervisor.stop({ cancelTasks: true });
    const { tasks, pools } = supervisor.getInfo();
    assert.deepEqual(tasks, []);
    assert.equal(pools.thread?.alive ?? 0, 0);
    for (const pool of Object.values(pools)) assert.equal(pool.running, 0);
  }
}

/** A pool in which one task runs at a time. */
export const one = { poolSize: 1, reserveNormal: 0, reserveHigh: 0 };
