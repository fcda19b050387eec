import { checkBoolean, checkKeys, show, type Duration } from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import { isThenable } from '../common/thenable.ts';
import { each, listOf, promiseThen } from '../platform/methods.ts';
import { setImmediate } from '../platform/node.ts';
import { Object, Promise, Symbol } from '../platform/primordials.ts';
import { TaskHandle, type Task } from '../task/task.ts';
import { checkWaitLimits, WaitWatch, type WaitLimits } from './wait-limits.ts';

/** Options of `waitCompleted`. */
export interface WaitOptions {
  /** How long to wait; then the promise rejects with `ERR_WAIT_TIMEOUT`. The tasks go on. @defaultValue no limit */
  timeout?: Duration | undefined;
  /** A signal that ends the wait, but not the tasks. @defaultValue none */
  signal?: AbortSignal | undefined;
  /**
   * Whether the other tasks are cancelled when one fails, when `timeout` has passed, or when `signal` aborts. The promise
   * then rejects once all of them have ended, and their failures count as seen. @defaultValue `false`
   */
  cancelRest?: boolean | undefined;
}

/** The results of several tasks: a tuple for a tuple of tasks, an array for any other iterable. */
export type ResultsOf<T extends Iterable<Task>> = T extends readonly Task[]
  ? { -readonly [K in keyof T]: T[K] extends Task<infer R> ? R : never }
  : T extends Iterable<Task<infer R>>
    ? R[]
    : never;

/**
 * Waits for tasks (atasker: `wait_completed`): gives the result of one task, or all results of several tasks in order.
 * The promise rejects at the first task that fails, with the error of that task. The other tasks go on, unless
 * `cancelRest` is set.
 *
 * @throws TimeoutError `ERR_WAIT_TIMEOUT` if `timeout` has passed.
 * @example
 * const [a, b] = await waitCompleted([resize(image), hash(image)], { timeout: '10s' });
 */
export function waitCompleted<R>(task: Task<R>, options?: WaitOptions): Promise<R>;
export function waitCompleted<const T extends Iterable<Task>>(tasks: T, options?: WaitOptions): Promise<ResultsOf<T>>;
export async function waitCompleted(tasks: Task | Iterable<Task>, options: WaitOptions = {}): Promise<unknown> {
  checkKeys('waitCompleted options', options, ['timeout', 'signal', 'cancelRest']);
  const cancelRest = options.cancelRest === undefined ? false : checkBoolean('cancelRest', options.cancelRest);
  const limits = checkWaitLimits(options);
  const isOne = !(Symbol.iterator in Object(tasks));
  const list = checkTasks(isOne ? [tasks as Task] : listOf(tasks as Iterable<Task>));
  const results = within(list, limits);
  const all = cancelRest ? orCancel(list, results) : results;
  return isOne ? (await all)[0] : await all;
}

/** Rejects only after all tasks have ended: they are cancelled when the results are known to be missing. */
async function orCancel(tasks: Task[], results: Promise<unknown[]>): Promise<unknown[]> {
  try {
    return await results;
  } catch (error) {
    for (const task of each(tasks)) if (typeof task.cancel === 'function') task.cancel(error);
    await Promise.allSettled(tasks);
    throw error;
  }
}

function checkTasks(tasks: Task[]): Task[] {
  for (const task of each(tasks)) {
    if (isThenable(task)) continue;
    throw invalidOption('type', `waitCompleted takes a task or tasks, got ${show(task)}`);
  }
  return tasks;
}

function within(tasks: Task[], limits: WaitLimits): Promise<unknown[]> {
  const results = Promise.all(tasks);
  if (limits.timeoutMs === Infinity && limits.signal === null) return results;
  return new Promise((resolve, reject) => {
    const watch = new WaitWatch(limits, 'the tasks had not completed', {
      aborted: reject,
      timedOut(error) {
        for (const task of each(tasks)) if (task instanceof TaskHandle) task.controller.readArrived(task);
        setImmediate(reject, error); // outcomes that were just read settle the promise first
      },
    });
    void promiseThen(
      results,
      (all) => {
        watch.end();
        resolve(all);
      },
      (error) => {
        watch.end();
        reject(error as Error);
      },
    );
  });
}
