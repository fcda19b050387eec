import type { TaskStatus } from '../core/lifecycle.ts';
import type { Priority } from '../core/priority.ts';
import type { Symbol } from '../platform/primordials.ts';
import type { TaskType } from './call.ts';

/** The fields of a task that a record of it has. */
type Recorded =
  | 'id'
  | 'name'
  | 'tt'
  | 'priority'
  | 'status'
  | 'timeQueued'
  | 'timeStarted'
  | 'timeCompleted'
  | 'result';

/** A record of a task at one moment. */
export interface TaskInfo<T = unknown> extends Pick<Task<T>, Recorded> {
  /** The error of a failed or cancelled task, else undefined. Reading it here does not count as having seen the failure. */
  readonly error: unknown;
  /** The task itself. */
  readonly task: Task<T>;
}

/**
 * One call of a task function: a promise of its result, and a handle.
 * Await it, or pass it to `waitCompleted`. Nothing has to be done with it.
 *
 * It rejects with what the function threw, or with an error of the library (docs/errors.md): `CanceledError`,
 * `TimeoutError`, `LostError`, `CloneError`, `NonErrorThrown`, or a `TaskError` with
 * `ERR_TASK_OUT_OF_MEMORY`, `ERR_TASK_LOAD` or `ERR_TASK_NOT_AT_MODULE_LEVEL` (no thread finds the function),
 * `ERR_TASK_REJECTED` (`maxQueue`), `ERR_POOL_BROKEN` (no thread starts) or `ERR_SUPERVISOR_STOPPED`.
 */
export interface Task<T = unknown> extends Pick<Promise<T>, 'then' | 'catch' | 'finally'> {
  readonly [Symbol.toStringTag]: string;
  /** No other living task of its supervisor has it; events, errors and `getTask` name it. */
  readonly id: string;
  /** What its function is called. */
  readonly name: string;
  /** Where it runs. */
  readonly tt: TaskType;
  /** How urgent it is; `setPriority` changes it while it waits. */
  readonly priority: Priority;
  /** 0 queued, 2 delayed, 100 started, 200 completed, -1 canceled, -2 failed: see `TaskStatus`. */
  readonly status: TaskStatus;
  /** When it was submitted, in epoch milliseconds (atasker: `time_queued`). */
  readonly timeQueued: number;
  /** When its function began, in epoch milliseconds; null before (atasker: `time_started`). */
  readonly timeStarted: number | null;
  /** When it ended, in epoch milliseconds; null before. */
  readonly timeCompleted: number | null;
  /** The result of a completed task, else undefined. */
  readonly result: T | undefined;
  /** The error of a failed or cancelled task, else undefined. Reading it counts as having seen the failure. */
  readonly error: unknown;
  /**
   * Cancels the task. Before its start it never starts; while it runs, `currentTask().signal` aborts,
   * and after the grace period its thread is ended and replaced.
   * The task then rejects with `CanceledError`, whose `cause` is the reason.
   *
   * @returns false if the task has ended, or is being ended already.
   */
  cancel(reason?: unknown): boolean;
  /**
   * Moves a task that has not started to the tail of another priority.
   *
   * @returns false if it has been handed over already.
   */
  setPriority(priority: Priority): boolean;
  /** What its function has told last with `currentTask().progress(value)`, else undefined. */
  readonly progress: unknown;
  /** Calls the listener with each value that comes from now on. @returns ends that */
  onProgress(listener: (value: unknown) => unknown): () => void;
  /** Whether its function has begun. */
  isStarted(): boolean;
  /** Whether it has ended, in whatever way. */
  isCompleted(): boolean;
  /** The fields as one frozen record. */
  info(): TaskInfo<T>;
}
