import { PRIORITIES, type PerPriority, type Priority } from '../../core/priority.ts';
import { each } from '../../platform/methods.ts';
import { Math, Object } from '../../platform/primordials.ts';
import type { TaskPool } from './pump.ts';

/** The state of a pool at one moment. */
export interface PoolInfo {
  /** Slots for tasks of every priority, as set now. */
  readonly poolSize: number;
  /** Additional slots for normal, high and critical tasks. */
  readonly reserveNormal: number;
  /** Additional slots for high and critical tasks. */
  readonly reserveHigh: number;
  /** Tasks that hold a slot. */
  readonly running: number;
  /** Tasks that wait for a slot, by priority. */
  readonly queued: PerPriority;
  /** Tasks that are not due yet. */
  readonly delayed: number;
  /** How long the next task of each priority has waited, in milliseconds; 0 if no task waits. */
  readonly oldestWait: PerPriority;
  /** Threads or processes that are alive. */
  readonly alive: number;
  /** How many of these threads or processes have nothing to do. */
  readonly idle: number;
}

export function poolInfo(pool: TaskPool, now: number): PoolInfo {
  const { admission, executor, limits } = pool;
  const oldestWait: Record<Priority, number> = { low: 0, normal: 0, high: 0, critical: 0 };
  for (const priority of each(PRIORITIES)) {
    const first = admission.first(priority);
    if (first !== null) oldestWait[priority] = Math.max(0, Math.round(now - pool.dueSince(first)));
  }
  const { poolSize, reserveNormal, reserveHigh } = limits;
  return Object.freeze({
    poolSize,
    reserveNormal,
    reserveHigh,
    running: admission.running,
    queued: Object.freeze(admission.waiting()),
    delayed: admission.delayedCount,
    oldestWait: Object.freeze(oldestWait),
    ...executor.size,
  });
}
