import type { Job } from '../jobs.ts';

/** A pool of a library, warm as far as the library lets one ask for it. */
export interface Pool {
  run(job: Job, argument: number): PromiseLike<number>;
  /** Before everything that waits. Only in a pool that was opened with urgent or critical tasks. */
  runUrgent(job: Job, argument: number): PromiseLike<number>;
  /** Gives the value back, from a thread or process. */
  echo(value: unknown): PromiseLike<unknown>;
  close(): Promise<void>;
}

/**
 * none: all tasks are alike, and priorities are off where that is possible. mixed: `run` takes low, normal and
 * high ones in turn, by its argument. urgent: `run` is for low tasks, `runUrgent` for high ones, and reserves are open to those.
 * critical: `run` is for tasks that take every reserve too, `runUrgent` for critical ones.
 */
export type Priorities = 'none' | 'mixed' | 'urgent' | 'critical';

export interface PoolNeeds {
  readonly kind: 'thread' | 'process' | 'async';
  /** Tasks that run at once. */
  readonly size: number;
  readonly priorities: Priorities;
  /** Whether threads start only when there is a task, as far as the library can do that. */
  readonly isCold: boolean;
}

/** A library as its users would use it. */
export interface Contender {
  open(needs: PoolNeeds): Pool;
}

/** Where a library has no priorities, or is measured without them. */
export function noPriorities(): never {
  throw new Error('there are no urgent tasks in this pool');
}

/** Where values do not leave the thread of the caller, or only numbers do. */
export function noValues(): never {
  throw new Error('this pool is not measured with values');
}
