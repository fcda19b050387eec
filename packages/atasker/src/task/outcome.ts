import { CanceledError } from '../common/errors.ts';
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

/** The error of a cancelled task. If the reason is that error already, it is returned unchanged. */
export function canceledError(task: Named, reason: unknown): CanceledError {
  if (reason instanceof CanceledError && reason.taskId === task.id) return reason;
  const details = { taskId: task.id, taskName: task.name, cause: reason };
  const error = new CanceledError('ERR_TASK_CANCELED', `task ${task.name} was cancelled`, details);
  addSubmitSite(task, error);
  return error;
}
