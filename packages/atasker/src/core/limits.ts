import { each } from '../platform/methods.ts';
import { Math } from '../platform/primordials.ts';
import { FROM_THE_TOP, type PerPriority, type Priority } from './priority.ts';

/** How many tasks may run in a pool. */
export interface Limits {
  /** Slots for every priority; 0 and Infinity mean no limit. */
  readonly poolSize: number;
  /** Additional slots for normal, high and critical tasks. */
  readonly reserveNormal: number;
  /** Additional slots for high and critical tasks only. */
  readonly reserveHigh: number;
}

/** How many tasks are worth submitting at a time to a pool without a limit. */
const UNLIMITED_CONCURRENCY = 64;

/** Whether a pool of this size has no limit. */
function isUnlimited({ poolSize }: Limits): boolean {
  return poolSize === 0 || poolSize === Infinity;
}

/** How many tasks are worth submitting at a time: the default concurrency of a map. */
export function concurrencyOf(limits: Limits): number {
  return isUnlimited(limits) ? UNLIMITED_CONCURRENCY : limits.poolSize;
}

/** The number of running tasks below which a task of this priority starts. */
export function limitFor(priority: Priority, limits: Limits): number {
  if (isUnlimited(limits)) return Infinity;
  switch (priority) {
    case 'low':
      return limits.poolSize;
    case 'normal':
      return limits.poolSize + limits.reserveNormal;
    case 'high':
      return limits.poolSize + limits.reserveNormal + limits.reserveHigh;
    case 'critical':
      return Infinity;
  }
}

/** Whether a task of this priority may start while `running` others, of any priority, run. */
export function mayStart(priority: Priority, running: number, limits: Limits): boolean {
  return running < limitFor(priority, limits);
}

/**
 * How many of the waiting tasks may start now, the most urgent first. Slots that a higher priority may not use are not
 * left for a lower priority, because the limit of the lower one is smaller.
 *
 * @param waiting how many tasks of a priority wait; the count may stop at `atMost`.
 */
export function startable(
  waiting: (priority: Priority, atMost: number) => number,
  running: number,
  limits: Limits,
): number {
  let total = running;
  for (const priority of each(FROM_THE_TOP)) {
    const room = limitFor(priority, limits) - total;
    if (room > 0) total += Math.min(waiting(priority, room), room);
  }
  return total - running;
}

/**
 * How many more tasks of each priority would start at once. The numbers overlap: a further task of one priority takes
 * room from all that are as urgent or less.
 */
export function roomFor(waiting: PerPriority, running: number, limits: Limits): PerPriority {
  const room = { low: 0, normal: 0, high: 0, critical: 0 };
  let before = running;
  for (const priority of each(FROM_THE_TOP)) {
    before += waiting[priority];
    room[priority] = Math.max(0, limitFor(priority, limits) - before);
  }
  return room;
}
