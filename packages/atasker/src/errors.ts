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
  | 'ERR_SUPERVISOR_STOPPED'
  | 'ERR_WORKER_STOPPING'
  | 'ERR_NAME_IN_USE'
  | 'ERR_NO_ALOOP'
  | 'ERR_INLINE_ACTIVE'
  | 'ERR_INVALID_OPTION';

/** What an error says besides its message. */
export interface TaskErrorDetails {
  taskId?: string | undefined;
  taskName?: string | undefined;
  cause?: unknown;
  [detail: string]: unknown;
}

/** An error of this library about a task; an error that your function throws is never wrapped in one. */
export class TaskError extends Error {
  override name = 'TaskError';
  readonly code: TaskErrorCode;
  /** The id of the task it is about, if it is about one. */
  declare readonly taskId?: string;
  /** The name of the task function. */
  declare readonly taskName?: string;

  constructor(code: TaskErrorCode, message: string, details: TaskErrorDetails = {}) {
    const { cause, ...rest } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const [key, value] of Object.entries(rest)) {
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
    }
  }
}

/** The task was cancelled. `name` is `'AbortError'`, `cause` the reason that was given. */
export class CanceledError extends TaskError {
  override name = 'AbortError';
}

/** A time limit has passed. `name` is `'TimeoutError'`; `code` tells which limit. */
export class TimeoutError extends TaskError {
  override name = 'TimeoutError';
}

/** An argument or a result cannot leave its thread; `path` says where in the value. */
export class CloneError extends TaskError {
  declare readonly direction: 'args' | 'result';
  declare readonly path: string;
}

/** The thread or process ended while the task ran. */
export class LostError extends TaskError {
  declare readonly exitCode?: number;
  /** The signal that ended the process. */
  declare readonly signal?: string;
  declare readonly pid?: number;
  declare readonly threadId?: number;
}

/** A task threw something that is not an Error: it is in `thrown`. */
export class NonErrorThrown extends TaskError {
  declare readonly thrown: unknown;
}

/** An error of ours, which now says which task it is about, unless it does already; any other as it is. */
export function aboutTask(error: unknown, { id, name }: { readonly id: string; readonly name: string }): unknown {
  if (error instanceof TaskError && error.taskId === undefined) {
    for (const [key, value] of Object.entries({ taskId: id, taskName: name })) {
      Object.defineProperty(error, key, { value, enumerable: true, configurable: true });
    }
  }
  return error;
}

/** Whether this is an error of the library, and of this code if one is named. */
export function isTaskError(error: unknown, code?: TaskErrorCode): error is TaskError {
  return error instanceof TaskError && (code === undefined || error.code === code);
}

/** A wrong option: the message names the option, the value and what is allowed. */
export function invalidOption(kind: 'type' | 'range', message: string): TypeError | RangeError {
  const error = kind === 'type' ? new TypeError(message) : new RangeError(message);
  return Object.assign(error, { code: 'ERR_INVALID_OPTION' as const });
}
