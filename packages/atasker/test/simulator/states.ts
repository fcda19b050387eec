/** Rules of a state as a whole: when nobody but the clock can go on, and when the supervisor has stopped. */
import type { TaskSupervisor } from '../../src/index.ts';
import type { PoolInfo } from '../../src/supervisor/pools/pool-info.ts';
import type { World } from './world.ts';

/** Only time can go on: no task may wait for a member that has nothing to do, and each task is in exactly one place. */
export function checkRest(supervisor: TaskSupervisor, world: World): void {
  if (world.isStalled) return;
  const { members, watch } = world;
  const idle = members.find(({ isIdle }) => isIdle);
  if (idle !== undefined && watch.startable() > 0)
    watch.violate(`member ${idle.id} sleeps while ${watch.startable()} tasks may begin`);
  const pool = poolOf(supervisor);
  if (pool === undefined) return;
  const suspended = members.filter(({ isSuspended }) => isSuspended).length;
  const places = { queued: queuedIn(pool), delayed: pool.delayed, running: pool.running, suspended };
  const sum = Object.values(places).reduce((total, count) => total + count, 0);
  if (sum !== watch.unended) watch.violate(`${watch.unended} tasks live, in these places: ${JSON.stringify(places)}`);
}

/** The supervisor has stopped: nothing is left of its tasks, its members and its memory. */
export function checkStopped(supervisor: TaskSupervisor, world: World): void {
  const { watch } = world;
  const left = world.leftovers();
  if (watch.unended > 0) left.push(`${watch.unended} tasks`);
  const pool = poolOf(supervisor);
  if (pool !== undefined && queuedIn(pool) + pool.delayed + pool.running + pool.alive + pool.idle > 0)
    left.push(`a pool: ${JSON.stringify(pool)}`);
  const { completed, failed, canceled, lost } = supervisor.getInfo({ tasks: false }).totals;
  if (completed + failed + canceled + lost !== watch.ended)
    left.push(`a wrong total: ${completed + failed + canceled + lost} of ${watch.ended} tasks`);
  if (left.length > 0) watch.violate(`after the stop there is left: ${left.join(', ')}`);
}

function poolOf(supervisor: TaskSupervisor): PoolInfo | undefined {
  const { thread, process } = supervisor.getInfo({ tasks: false }).pools;
  return thread ?? process;
}

function queuedIn({ queued }: PoolInfo): number {
  return queued.low + queued.normal + queued.high + queued.critical;
}
