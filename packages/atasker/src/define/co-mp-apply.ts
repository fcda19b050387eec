import { checkKeys, type AnyFn, type Duration } from '../common/check.ts';
import type { Priority } from '../core/priority.ts';
import { apply } from '../platform/methods.ts';
import type { Host } from '../task/task.ts';
import { backgroundTask, type TaskFunction } from './background-task.ts';
import { argumentsOf } from './put-task.ts';

/** Options of `coMpApply`. */
export interface CoMpApplyOptions<A extends readonly unknown[]> {
  /** The arguments of the function. @defaultValue none */
  args?: A | readonly unknown[] | undefined;
  /** Passed as the last argument of the function, as an options object (atasker: `kwargs`). @defaultValue none */
  kwargs?: object | undefined;
  /** How urgent the task is. @defaultValue the task function's, else `'normal'` */
  priority?: Priority | undefined;
  /** How long to wait before the task may start. @defaultValue `0` */
  delay?: Duration | undefined;
  /** A signal that cancels the task when it aborts. @defaultValue none */
  signal?: AbortSignal | undefined;
  /** The supervisor that runs the task. @defaultValue the task function's, else the default one */
  supervisor?: Host | undefined;
}

/**
 * Runs a function in another process and returns its result (atasker: `co_mp_apply`). `f` is a task function, or a
 * function that was given to `backgroundTask`.
 *
 * @example
 * const result = await coMpApply(resize, { args: [image, 320], priority: TASK_HIGH });
 */
export async function coMpApply<F extends AnyFn>(
  f: F | TaskFunction<F>,
  options: CoMpApplyOptions<Parameters<F>> = {},
): Promise<Awaited<ReturnType<F>>> {
  checkKeys('coMpApply options', options, ['args', 'kwargs', 'priority', 'delay', 'signal', 'supervisor']);
  const { args, kwargs, priority, delay, signal, supervisor } = options;
  const task: AnyFn = backgroundTask(f as AnyFn, { tt: 'process', priority, delay, signal, supervisor });
  return (await apply(task, undefined, argumentsOf(args, kwargs))) as Awaited<ReturnType<F>>;
}
