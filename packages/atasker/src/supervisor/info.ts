import type { JobSchedulerInfo, WorkerInfo } from '../service.ts';
import { PRIORITIES, type PerPriority, type Priority } from '../core/priority.ts';
import { TASK_TYPES, type TaskType } from '../call.ts';
import type { TaskInfo } from '../task.ts';
import type { Services } from './services.ts';
import type { TaskPool } from './task-pool.ts';
import type { Tasks, Totals } from './tasks.ts';

/** One pool at one moment. */
export interface PoolInfo {
  readonly poolSize: number;
  readonly reserveNormal: number;
  readonly reserveHigh: number;
  /** Tasks that hold a slot. */
  readonly running: number;
  /** Tasks that wait for a slot, by priority. */
  readonly queued: PerPriority;
  /** Tasks that are not due yet. */
  readonly delayed: number;
  /** How long the next task of each priority has waited, in milliseconds; 0 if none waits. */
  readonly oldestWait: PerPriority;
  /** Threads, and those of them that have nothing to do. */
  readonly alive: number;
  readonly idle: number;
}

/** A supervisor at one moment. */
export interface SupervisorInfo {
  readonly id: string;
  readonly active: boolean;
  /** The pools that have been used. */
  readonly pools: { readonly [T in TaskType]?: PoolInfo };
  /** Tasks that have not ended; undefined with `tasks: false`. */
  readonly tasks: readonly TaskInfo[] | undefined;
  /** The workers that have been started and have not stopped. */
  readonly workers: readonly WorkerInfo[];
  readonly jobSchedulers: readonly JobSchedulerInfo[];
  /** How many tasks have ended in which way. */
  readonly totals: Readonly<Totals>;
}

export interface InfoOptions {
  /** Only the pool and the tasks of this type. */
  tt?: TaskType | undefined;
  /** Whether to list the tasks. @defaultValue `true` */
  tasks?: boolean | undefined;
}

export function supervisorInfo(
  id: string,
  active: boolean,
  tasks: Tasks,
  services: Services,
  now: number,
  options: InfoOptions,
): SupervisorInfo {
  const types: readonly TaskType[] = options.tt === undefined ? TASK_TYPES : [options.tt];
  const pools: Partial<Record<TaskType, PoolInfo>> = {};
  for (const tt of types) {
    const pool = tasks.pools.find(tt);
    if (pool !== null) pools[tt] = poolInfo(pool, now);
  }
  const list = options.tasks === false ? undefined : [...tasks.live].filter(({ tt }) => types.includes(tt));
  const records = list === undefined ? undefined : Object.freeze(list.map((task) => task.info()));
  const totals = Object.freeze({ ...tasks.totals });
  return Object.freeze({ id, active, pools: Object.freeze(pools), tasks: records, ...services.info(), totals });
}

function poolInfo({ admission, executor, limits }: TaskPool, now: number): PoolInfo {
  const oldestWait: Record<Priority, number> = { low: 0, normal: 0, high: 0, critical: 0 };
  for (const priority of PRIORITIES) {
    const first = admission.first(priority);
    if (first !== null) oldestWait[priority] = Math.round(now - first.dueAt);
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
