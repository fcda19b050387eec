import { TaskError } from '../common/errors.ts';
import type { LockAuthority } from '../core/lock-table.ts';
import type { Priority } from '../core/priority.ts';
import { sharedState } from '../modules/library.ts';
import { AsyncLocalStorage } from '../platform/node.ts';

/** What a running task knows of itself. */
export interface CurrentTask {
  /** The same as `task.id` at the caller. */
  readonly id: string;
  /** What the task is called. */
  readonly name: string;
  /** How urgent it is now. */
  readonly priority: Priority;
  /** Aborts when the task is cancelled or out of time; in a thread also in the middle of synchronous code. */
  readonly signal: AbortSignal;
  /** 1, or more when the task runs again. */
  readonly attempt: number;
  /**
   * Tells how far it is: `task.progress`, `task.onProgress` and the event `taskProgress` have it. If the values come
   * faster than they are read, the latest one counts. From a thread or process they are copies, like results.
   *
   * @throws CloneError if the value cannot leave the thread
   */
  readonly progress: (value: unknown) => void;
}

/** The current task together with whatever runs it here. */
export interface Context<Runner = unknown> {
  readonly current: CurrentTask;
  readonly runner: Runner;
}

export const contexts = sharedState('contexts', () => new AsyncLocalStorage<Context>());

/** The locks that the code around holds, the innermost first. */
export interface HeldLocks {
  readonly authority: LockAuthority;
  readonly name: string;
  /** One more holder of this claim; false if it has been given back meanwhile. */
  readonly hold: { tryJoin(): boolean; leave(): void };
  readonly outer: HeldLocks | undefined;
}

export const heldLocks = sharedState('locks', () => new AsyncLocalStorage<HeldLocks>());

/**
 * The task that this code runs in, also after an `await`; atasker hands over `_task_id` instead.
 *
 * @throws TaskError `ERR_NO_CURRENT_TASK` outside of a task.
 */
export function currentTask(): CurrentTask {
  const context = contexts.getStore();
  if (context !== undefined) return context.current;
  throw new TaskError('ERR_NO_CURRENT_TASK', 'currentTask() was called outside of a task');
}
