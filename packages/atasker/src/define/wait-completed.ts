import { invalidOption, TimeoutError } from '../errors.ts';
import { checkDuration, checkKeys, checkSignal, show, type Duration } from '../options.ts';
import { systemClock, Alarms } from '../clock.ts';
import type { Task } from '../task.ts';

export interface WaitOptions {
  /** How long to wait; then it rejects with `ERR_WAIT_TIMEOUT`, and the tasks go on. @defaultValue no limit */
  timeout?: Duration | undefined;
  /** Ends the waiting, not the tasks. */
  signal?: AbortSignal | undefined;
}

/** The results of several tasks: a tuple of a tuple, an array of any other iterable. */
export type ResultsOf<T extends Iterable<Task>> = T extends readonly Task[]
  ? { -readonly [K in keyof T]: T[K] extends Task<infer R> ? R : never }
  : T extends Iterable<Task<infer R>>
    ? R[]
    : never;

/**
 * Waits for tasks (atasker: `wait_completed`): for one its result, for several all results in order.
 * It rejects at the first task that fails, with that task's own error.
 *
 * @throws TimeoutError `ERR_WAIT_TIMEOUT` if `timeout` has passed.
 * @example
 * const [a, b] = await waitCompleted([resize(image), hash(image)], { timeout: '10s' });
 */
export function waitCompleted<R>(task: Task<R>, options?: WaitOptions): Promise<R>;
export function waitCompleted<const T extends Iterable<Task>>(tasks: T, options?: WaitOptions): Promise<ResultsOf<T>>;
export async function waitCompleted(tasks: Task | Iterable<Task>, options: WaitOptions = {}): Promise<unknown> {
  checkKeys('waitCompleted options', options, ['timeout', 'signal']);
  const results =
    Symbol.iterator in Object(tasks) ? Promise.all(checkTasks(tasks as Iterable<Task>)) : one(tasks as Task);
  const timeoutMs = options.timeout === undefined ? null : checkDuration('timeout', options.timeout);
  const signal = options.signal === undefined ? null : checkSignal('signal', options.signal);
  if (timeoutMs === null && signal === null) return await results;
  return await within(results, timeoutMs, signal);
}

function one(task: Task): Promise<unknown> {
  return Promise.all(checkTasks([task])).then(([result]) => result);
}

function checkTasks(tasks: Iterable<Task>): Task[] {
  const list = [...tasks];
  for (const task of list) {
    if (typeof task?.then === 'function') continue;
    throw invalidOption('type', `waitCompleted takes a task or tasks, got ${show(task)}`);
  }
  return list;
}

function within(results: Promise<unknown>, timeoutMs: number | null, signal: AbortSignal | null): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const alarm =
      timeoutMs === null
        ? null
        : alarms.at(systemClock.now() + timeoutMs, () => {
            reject(new TimeoutError('ERR_WAIT_TIMEOUT', `not completed within ${timeoutMs} ms; the tasks go on`));
          });
    const abort = (): void => reject(signal!.reason as Error);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    const clear = (): void => {
      if (alarm !== null) alarms.cancel(alarm);
      signal?.removeEventListener('abort', abort);
    };
    results.then(resolve, reject).finally(clear);
  });
}

/** Running tasks keep the process alive while somebody waits for them; the alarms need not. */
const alarms = new Alarms(systemClock);
