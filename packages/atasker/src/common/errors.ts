import { each, hasInstance } from '../platform/methods.ts';
import { Error, Object, RangeError, Symbol, TypeError } from '../platform/primordials.ts';

/** The stable `code` of every error that comes from this library. */
export type TaskErrorCode =
  | 'ERR_TASK_CANCELED'
  | 'ERR_TASK_TIMEOUT'
  | 'ERR_TASK_QUEUE_TIMEOUT'
  | 'ERR_TASK_DEADLINE'
  | 'ERR_WAIT_TIMEOUT'
  | 'ERR_LOCK_TIMEOUT'
  | 'ERR_NO_CURRENT_TASK'
  | 'ERR_TASK_LOST'
  | 'ERR_TASK_OUT_OF_MEMORY'
  | 'ERR_TASK_CLONE'
  | 'ERR_TASK_NON_ERROR'
  | 'ERR_TASK_LOAD'
  | 'ERR_TASK_NOT_AT_MODULE_LEVEL'
  | 'ERR_TASK_REJECTED'
  | 'ERR_POOL_BROKEN'
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_SUPERVISOR_STOPPED'
  | 'ERR_WORKER_STOPPING'
  | 'ERR_WORKER_STOPPED'
  | 'ERR_WORKER_DEADLOCK'
  | 'ERR_NAME_IN_USE'
  | 'ERR_MAP_CONSUMED'
  | 'ERR_NO_ALOOP'
  | 'ERR_INLINE_ACTIVE'
  | 'ERR_INVALID_OPTION';

/** What an error contains besides its message. */
export interface TaskErrorDetails {
  taskId?: string | undefined;
  taskName?: string | undefined;
  cause?: unknown;
  [detail: string]: unknown;
}

/** The property by which all copies of the library in a program recognise a `TaskError`. */
const BRAND = Symbol.for('atasker.TaskError');

/** An error of this library about a task. An error that the user's function throws is never wrapped in a TaskError. */
export class TaskError extends Error {
  /** `'TaskError'`, `'AbortError'` or `'TimeoutError'`. */
  override name = 'TaskError';
  /** What has happened; the code stays the same from version to version. */
  readonly code: TaskErrorCode;
  /** The id of the task that the error is about, if any. */
  declare readonly taskId?: string;
  /** The name of the task function. */
  declare readonly taskName?: string;

  constructor(code: TaskErrorCode, message: string, details: TaskErrorDetails = {}) {
    const { cause, ...rest } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const key of each(Object.keys(rest))) {
      const value: unknown = rest[key as keyof typeof rest];
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
    }
  }
}

Object.defineProperty(TaskError.prototype, BRAND, { value: true });
// An own hasInstance: otherwise `instanceof` would ask `Error`, whose hasInstance a program may have replaced.
Object.defineProperty(TaskError, Symbol.hasInstance, { value: hasInstance });

// The classes below have explicit constructors: an implicit constructor spreads its arguments with the array iterator,
// which user code may have replaced.

/** The task was cancelled: `ERR_TASK_CANCELED`. `name` is `'AbortError'`, `cause` is the given reason. */
export class CanceledError extends TaskError {
  /** `'AbortError'`, as for operations that an AbortSignal ends. */
  override name = 'AbortError';

  constructor(code: TaskErrorCode, message: string, details?: TaskErrorDetails) {
    super(code, message, details);
  }
}

/**
 * A time limit has passed. `name` is `'TimeoutError'`; `code` tells which limit: `ERR_TASK_TIMEOUT`,
 * `ERR_TASK_QUEUE_TIMEOUT`, `ERR_TASK_DEADLINE`, `ERR_WAIT_TIMEOUT` or `ERR_LOCK_TIMEOUT`.
 */
export class TimeoutError extends TaskError {
  /** `'TimeoutError'`. */
  override name = 'TimeoutError';

  constructor(code: TaskErrorCode, message: string, details?: TaskErrorDetails) {
    super(code, message, details);
  }
}

/**
 * An argument, a result or a progress value cannot leave its thread: `ERR_TASK_CLONE`. `path` is the place in the
 * value.
 */
export class CloneError extends TaskError {
  /** Whether an argument, the result or a progress value cannot leave. */
  declare readonly direction: 'args' | 'result' | 'progress';
  /** The place in the value, such as `result.items[3].onClick`. */
  declare readonly path: string;

  constructor(code: TaskErrorCode, message: string, details?: TaskErrorDetails) {
    super(code, message, details);
  }
}

/** The thread or process ended while the task ran: `ERR_TASK_LOST`. */
export class LostError extends TaskError {
  /** The exit code of the thread or process. */
  declare readonly exitCode?: number;
  /** The signal that ended the process. */
  declare readonly signal?: string;
  /** The id of the process that the task ran in. */
  declare readonly pid?: number;
  /** The id of the thread that the task ran in. */
  declare readonly threadId?: number;

  constructor(code: TaskErrorCode, message: string, details?: TaskErrorDetails) {
    super(code, message, details);
  }
}

/** A task threw something that is not an Error: `ERR_TASK_NON_ERROR`. `thrown` is what the task threw. */
export class NonErrorThrown extends TaskError {
  /** What was thrown. */
  declare readonly thrown: unknown;

  constructor(code: TaskErrorCode, message: string, details?: TaskErrorDetails) {
    super(code, message, details);
  }
}

/** Adds the task to an error of the library that names no task yet. All other errors are returned unchanged. */
export function aboutTask(error: unknown, { id, name }: { readonly id: string; readonly name: string }): unknown {
  if (error instanceof TaskError && error.taskId === undefined) {
    Object.defineProperty(error, 'taskId', { value: id, enumerable: true, configurable: true });
    Object.defineProperty(error, 'taskName', { value: name, enumerable: true, configurable: true });
  }
  return error;
}

/** Whether the value is an error of any copy of the library and, if a code is given, has that code. */
export function isTaskError(error: unknown, code?: TaskErrorCode): error is TaskError {
  const isOurs = error instanceof TaskError || (typeof error === 'object' && error !== null && BRAND in error);
  return isOurs && (code === undefined || (error as TaskError).code === code);
}

/** A wrong option: the message names the option, the value and what is allowed. */
export function invalidOption(kind: 'type' | 'range', message: string): TypeError | RangeError {
  const error = kind === 'type' ? new TypeError(message) : new RangeError(message);
  return Object.assign(error, { code: 'ERR_INVALID_OPTION' as const });
}
