import { checkArray, checkKeys, checkString, show, type AnyFn } from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import { arrayConcat } from '../platform/methods.ts';
import type { Call } from '../task/call.ts';
import type { TaskFunction } from './background-task.ts';
import { callOf } from './call-of.ts';
import { TASK_KEYS, type TaskKey, type TaskOptions } from './task-options.ts';

/** Options of `putTask`: a function with its arguments, and options that override those of the task function. */
export interface PutTaskOptions<F extends AnyFn> extends Pick<TaskOptions<Awaited<ReturnType<F>>>, TaskKey> {
  /** A task function, or a function that was given to `backgroundTask`; with tt `'async'` any function. */
  target: F | TaskFunction<F>;
  /** The arguments of the function. @defaultValue none */
  args?: Parameters<F> | undefined;
  /** Passed as the last argument of the function, as an options object (atasker: `kwargs`). @defaultValue none */
  kwargs?: object | undefined;
  /**
   * The id of the task. If a living task has the same id, the error is `ERR_NAME_IN_USE`. @defaultValue made by the
   * supervisor
   */
  taskId?: string | undefined;
}

/** The call that the options describe. */
export function putCall<F extends AnyFn>(options: PutTaskOptions<F>): Call {
  checkKeys('putTask options', options, arrayConcat(['target', 'args', 'kwargs', 'taskId'], TASK_KEYS));
  const { target, args, kwargs, taskId, ...how } = options;
  const call = callOf(target as AnyFn, argumentsOf(args, kwargs), how as TaskOptions<never>);
  return taskId === undefined ? call : { ...call, id: checkString('taskId', taskId) };
}

/** The arguments of a call that is described by `args` and `kwargs`, as in atasker for Python. */
export function argumentsOf(args: readonly unknown[] = [], kwargs?: object): readonly unknown[] {
  checkArray('args', args);
  if (kwargs === undefined) return args;
  if (typeof kwargs === 'object' && kwargs !== null) return arrayConcat<unknown>(args, [kwargs]);
  throw invalidOption('type', `kwargs must be an object, got ${show(kwargs)}`);
}
