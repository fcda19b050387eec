import { CanceledError } from '../common/errors.ts';
import { isInstance } from '../platform/methods.ts';
import { Error } from '../platform/primordials.ts';
import { withoutStack } from '../platform/stacks.ts';
import { addSubmitSite } from './debug.ts';

/** How a task ended. */
export type Outcome =
  | { readonly kind: 'completed'; readonly value: unknown }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      /** The error as a thread or process has sent it (wire/errors.ts). */
      readonly record?: object;
    }
  | { readonly kind: 'canceled'; readonly reason: unknown };

/** The part of a task that its errors name. */
interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * The error of a cancelled task. If the reason is that error already, it is returned unchanged. If the reason is another
 * error, its stack shows who has cancelled the task, so the error of the task has no frames: one `stop()` or one
 * AbortSignal may cancel a million tasks.
 */
export function canceledError(task: Named, reason: unknown): CanceledError {
  if (reason instanceof CanceledError && reason.taskId === task.id) return reason;
  const details = { taskId: task.id, taskName: task.name, cause: reason };
  const make = (): CanceledError => new CanceledError('ERR_TASK_CANCELED', `task ${task.name} was cancelled`, details);
  const error = isInstance(Error, reason) ? withoutStack(make) : make();
  addSubmitSite(task, error);
  return error;
}

/** The error of a task that has ended in this way; undefined if it has completed. */
export function taskError(task: Named, outcome: Outcome): unknown {
  if (outcome.kind === 'completed') return undefined;
  return outcome.kind === 'failed' ? outcome.error : canceledError(task, outcome.reason);
}
