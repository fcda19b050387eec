import type { TaskStatus } from '../core/lifecycle.ts';
import type { Priority } from '../core/priority.ts';
import type { Symbol } from '../platform/primordials.ts';
import type { TaskType } from './call.ts';

/** The fields of a task that its record contains, too. */
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

/** A record of the state of a task at one moment. */
export interface TaskInfo<T = unknown> extends Pick<Task<T>, Recorded> {
  /**
   * The error of a failed or cancelled task, else undefined. Reading it here does not count as observing the failure.
   */
  readonly error: unknown;
  /** The task itself. */
  readonly task: Task<T>;
}

/**
 * One call of a task function: a promise of the result, and a handle for the task. Await it, pass it to
 * `waitCompleted`, or ignore it.
 *
 * The promise rejects with what the function threw, or with an error of the library (docs/errors.md): `CanceledError`,
 * `TimeoutError`, `LostError`, `CloneError`, `NonErrorThrown`, or a `TaskError` with `ERR_TASK_OUT_OF_MEMORY`,
 * `ERR_TASK_LOAD` or `ERR_TASK_NOT_AT_MODULE_LEVEL` (no thread finds the function), `ERR_TASK_REJECTED` (`maxQueue`),
 * `ERR_POOL_BROKEN` (no thread starts), `ERR_SUPERVISOR_STOPPED` or `ERR_STORE_UNAVAILABLE` (of a cluster).
 */
export interface Task<T = unknown> extends Pick<Promise<T>, 'then' | 'catch' | 'finally'> {
  readonly [Symbol.toStringTag]: string;
  /** The id of the task, unique among the living tasks of its supervisor; events, errors and `getTask` use it. */
  readonly id: string;
  /** The name of the task: that of its function, unless an option names the task. */
  readonly name: string;
  /** Where the task runs. */
  readonly tt: TaskType;
  /** How urgent the task is; `setPriority` changes the priority of a waiting task. */
  readonly priority: Priority;
  /** 0 queued, 2 delayed, 100 started, 200 completed, -1 canceled, -2 failed: see `TaskStatus`. */
  readonly status: TaskStatus;
  /** When the task was submitted, in epoch milliseconds (atasker: `time_queued`). */
  readonly timeQueued: number;
  /** When the function began, in epoch milliseconds; null before (atasker: `time_started`). */
  readonly timeStarted: number | null;
  /** When the task ended, in epoch milliseconds; null before. */
  readonly timeCompleted: number | null;
  /** The result of a completed task, else undefined. */
  readonly result: T | undefined;
  /** The error of a failed or cancelled task, else undefined. Reading it counts as observing the failure. */
  readonly error: unknown;
  /**
   * Cancels the task. A waiting task never starts. In a running task `currentTask().signal` aborts; after the grace
   * period the thread of the task is ended and replaced. The task then rejects with `CanceledError`, whose `cause` is
   * the reason.
   *
   * @returns false if the task has ended, or is being ended already.
   */
  cancel(reason?: unknown): boolean;
  /**
   * Moves a waiting task to the tail of another priority.
   *
   * @returns false if the task has been handed over to a thread or process already.
   */
  setPriority(priority: Priority): boolean;
  /** The latest value that the function passed to `currentTask().progress(value)`, else undefined. */
  readonly progress: unknown;
  /** Calls the listener with each progress value from now on. @returns a function that removes the listener */
  onProgress(listener: (value: unknown) => unknown): () => void;
  /**
   * Resolves when the task has been taken: it waits here, or a `ClusterSupervisor` has put it in its store, where it
   * outlives this program. Rejects with the error of the task if it ends without having been taken; nobody has to handle
   * that.
   */
  readonly accepted: Promise<void>;
  /** Whether the function has begun. */
  isStarted(): boolean;
  /** Whether the task has ended, with any outcome. */
  isCompleted(): boolean;
  /** The fields as one frozen record. */
  info(): TaskInfo<T>;
}
