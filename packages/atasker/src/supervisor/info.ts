import { arrayFilter, arrayIncludes, arrayMap, each, listOf } from '../platform/methods.ts';
import { Object } from '../platform/primordials.ts';
import type { JobSchedulerInfo, WorkerInfo } from '../services/service.ts';
import { TASK_TYPES, type TaskType } from '../task/call.ts';
import type { TaskInfo } from '../task/task.ts';
import type { Tasks, Totals } from './life/tasks.ts';
import type { AloopInfo, Aloops } from './owned/aloops.ts';
import type { Services } from './owned/services.ts';
import { poolInfo, type PoolInfo } from './pools/pool-info.ts';

/** The state of a supervisor at one moment. */
export interface SupervisorInfo {
  /** The name of the supervisor. */
  readonly id: string;
  /** Whether the supervisor has started and has not stopped. */
  readonly active: boolean;
  /** The pools that have been used. */
  readonly pools: { readonly [T in TaskType]?: PoolInfo };
  /** The tasks that have not ended; undefined with `tasks: false`. */
  readonly tasks: readonly TaskInfo[] | undefined;
  /** The workers that have been started and have not stopped. */
  readonly workers: readonly WorkerInfo[];
  /** All job schedulers of the supervisor. */
  readonly jobSchedulers: readonly JobSchedulerInfo[];
  /** All aloops that have been made. A stopped aloop stays in the list until another aloop takes its name. */
  readonly aloops: readonly AloopInfo[];
  /** How many tasks have ended, by outcome. */
  readonly totals: Readonly<Totals>;
}

/** Options of `getInfo()`. */
export interface InfoOptions {
  /** Only the pool and the tasks of this type. @defaultValue all types */
  tt?: TaskType | undefined;
  /** Whether to list the tasks. @defaultValue `true` */
  tasks?: boolean | undefined;
}

export function supervisorInfo(
  id: string,
  active: boolean,
  tasks: Tasks,
  { services, aloops }: { readonly services: Services; readonly aloops: Aloops },
  now: number,
  options: InfoOptions,
): SupervisorInfo {
  const types: readonly TaskType[] = options.tt === undefined ? TASK_TYPES : [options.tt];
  const pools: Partial<Record<TaskType, PoolInfo>> = {};
  for (const tt of each(types)) {
    const pool = tasks.pools.find(tt);
    if (pool !== null) pools[tt] = poolInfo(pool, now);
  }
  const list =
    options.tasks === false ? undefined : arrayFilter(listOf(tasks.live), ({ tt }) => arrayIncludes(types, tt));
  const records = list === undefined ? undefined : Object.freeze(arrayMap(list, (task) => task.info()));
  const totals = Object.freeze({ ...tasks.totals });
  const owned = { ...services.info(), aloops: aloops.info(now) };
  return Object.freeze({ id, active, pools: Object.freeze(pools), tasks: records, ...owned, totals });
}
