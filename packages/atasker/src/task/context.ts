import { TaskError } from '../common/errors.ts';
import type { LockAuthority } from '../core/lock-table.ts';
import type { Priority } from '../core/priority.ts';
import { sharedState } from '../modules/library.ts';
import { AsyncLocalStorage } from '../platform/node.ts';

/** What a running task can ask about itself. */
export interface CurrentTask {
  /** The same as `task.id` at the caller. */
  readonly id: string;
  /** The name of the task. */
  readonly name: string;
  /** The current priority of the task. */
  readonly priority: Priority;
  /** Aborts when the task is cancelled or exceeds a time limit; in a thread it aborts even during synchronous code. */
  readonly signal: AbortSignal;
  /** 1, or more when the task runs again. */
  readonly attempt: number;
  /**
   * Reports the progress of the task to `task.progress`, `task.onProgress` and the event `taskProgress`. If values come
   * faster than they are read, only the latest value arrives. Values from a thread or process are copies, like results.
   *
   * @throws CloneError if the value cannot leave the thread
   */
  readonly progress: (value: unknown) => void;
}

/** The current task, together with the object that runs the task in this thread. */
export interface Context<Runner = unknown> {
  readonly current: CurrentTask;
  readonly runner: Runner;
}

export const contexts = sharedState('contexts', () => new AsyncLocalStorage<Context>());

/** The locks that the surrounding code holds, as a linked list with the innermost lock first. */
export interface HeldLocks {
  readonly authority: LockAuthority;
  readonly name: string;
  /** The claim of this lock. `tryJoin` adds a holder; it returns false if the claim has been given back meanwhile. */
  readonly hold: { tryJoin(): boolean; leave(): void };
  readonly outer: HeldLocks | undefined;
}

export const heldLocks = sharedState('locks', () => new AsyncLocalStorage<HeldLocks>());

/**
 * The task that the calling code runs in, also after an `await`; atasker for Python passes `_task_id` instead.
 *
 * @throws TaskError `ERR_NO_CURRENT_TASK` outside of a task.
 */
export function currentTask(): CurrentTask {
  const context = contexts.getStore();
  if (context !== undefined) return context.current;
  throw new TaskError('ERR_NO_CURRENT_TASK', 'currentTask() was called outside of a task');
}
