import type { Priority } from '../core/priority.ts';
import { invalidOption } from '../errors.ts';
import { checkKeys, checkString, show, type AnyFn, type Duration } from '../options.ts';
import type { Call, TaskType } from '../call.ts';
import type { Task } from '../task.ts';
import type { TaskFunction } from './background-task.ts';
import { callOf } from './call-of.ts';

export interface PutTaskOptions<F extends AnyFn> {
  /** A task function, or a function that was given to `backgroundTask`; with tt `'async'` any function. */
  target: F | TaskFunction<F>;
  args?: Parameters<F> | undefined;
  /** Gets the result of a completed task. */
  callback?: ((result: Awaited<ReturnType<F>>, task: Task<Awaited<ReturnType<F>>>) => unknown) | undefined;
  /** @defaultValue the task function's, else `'normal'` */
  priority?: Priority | undefined;
  delay?: Duration | undefined;
  /** @defaultValue the task function's, else `'thread'` */
  tt?: TaskType | undefined;
  /** The id of the task. One that a living task has is `ERR_NAME_IN_USE`. @defaultValue made by the supervisor */
  taskId?: string | undefined;
}

/** The call that these options ask for. */
export function putCall<F extends AnyFn>(options: PutTaskOptions<F>): Call {
  checkKeys('putTask options', options, ['target', 'args', 'callback', 'priority', 'delay', 'tt', 'taskId']);
  const { target, args = [], callback, priority, delay, tt, taskId } = options;
  if (!Array.isArray(args)) throw invalidOption('type', `args must be an array, got ${show(args)}`);
  const call = callOf(target as AnyFn, args, { callback, priority, delay, tt });
  return taskId === undefined ? call : { ...call, id: checkString('taskId', taskId) };
}
