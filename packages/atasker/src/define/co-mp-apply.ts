import type { Priority } from '../core/priority.ts';
import { checkKeys, type AnyFn, type Duration } from '../options.ts';
import type { Host } from '../task.ts';
import { backgroundTask, type TaskFunction } from './background-task.ts';

export interface CoMpApplyOptions<A extends readonly unknown[]> {
  args?: A | undefined;
  priority?: Priority | undefined;
  delay?: Duration | undefined;
  signal?: AbortSignal | undefined;
  supervisor?: Host | undefined;
}

/**
 * Runs a function in another process and gives its result (atasker: `co_mp_apply`).
 * `f` is a task function, or a function that was given to `backgroundTask`.
 *
 * @example
 * const result = await coMpApply(resize, { args: [image, 320], priority: TASK_HIGH });
 */
export async function coMpApply<F extends AnyFn>(
  f: F | TaskFunction<F>,
  options: CoMpApplyOptions<Parameters<F>> = {},
): Promise<Awaited<ReturnType<F>>> {
  checkKeys('coMpApply options', options, ['args', 'priority', 'delay', 'signal', 'supervisor']);
  const { args = [], priority, delay, signal, supervisor } = options;
  const task: AnyFn = backgroundTask(f as AnyFn, { tt: 'process', priority, delay, signal, supervisor });
  return (await task(...args)) as Awaited<ReturnType<F>>;
}
