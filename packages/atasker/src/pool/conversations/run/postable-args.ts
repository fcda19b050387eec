import { TypeError } from '../../../platform/primordials.ts';
import type { TaskHandle } from '../../../task/task.ts';
import { ByteArgs, HeldArgs, Packed } from '../../../wire/values.ts';

/** The arguments of a task as they are posted. @throws if they cannot be read */
export function postableArgs(task: TaskHandle): string | Packed | ByteArgs {
  if (task.args instanceof HeldArgs) {
    const held = task.args;
    task.args = held.packed();
    held.release();
  }
  const { args } = task;
  if (typeof args === 'string' || args instanceof Packed || args instanceof ByteArgs) return args;
  throw new TypeError(`the arguments of ${task.name} are in a form that no thread or process takes`);
}
