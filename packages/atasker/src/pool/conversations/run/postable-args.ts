import { HeldArgs, type TaskHandle } from '../../../task/task.ts';
import type { Packed } from '../../../wire/values.ts';

/** The arguments of a task as they are posted. @throws if they cannot be read. */
export function postableArgs(task: TaskHandle): Packed {
  const { args } = task;
  if (args instanceof HeldArgs) {
    task.args = args.packed();
    args.release();
  }
  return task.args as Packed;
}
