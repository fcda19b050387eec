import { invalidOption, TimeoutError } from '../errors.ts';
import { checkDuration, checkKeys, checkSignal, show, type Duration } from '../options.ts';
import { systemClock, Alarms } from '../clock.ts';
import { TaskHandle, type Task } from '../task.ts';
import { isThenable } from '../thenable.ts';

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
  const timeoutMs = options.timeout === undefined ? null : checkDuration('timeout', options.timeout);
  const signal = options.signal === undefined ? null : checkSignal('signal', options.signal);
  const isOne = !(Symbol.iterator in Object(tasks));
  const list = checkTasks(isOne ? [tasks as Task] : [...(tasks as Iterable<Task>)]);
  const results = within(list, timeoutMs, signal);
  return isOne ? (await results)[0] : await results;
}

function checkTasks(tasks: Task[]): Task[] {
  for (const task of tasks) {
    if (isThenable(task)) continue;
    throw invalidOption('type', `waitCompleted takes a task or tasks, got ${show(task)}`);
  }
  return tasks;
}

function within(tasks: Task[], timeoutMs: number | null, signal: AbortSignal | null): Promise<unknown[]> {
  const results = Promise.all(tasks);
  if (timeoutMs === null && signal === null) return results;
  return new Promise((resolve, reject) => {
    const timeOut = (): void => {
      for (const task of tasks) if (task instanceof TaskHandle) task.controller.readArrived(task);
      const error = new TimeoutError('ERR_WAIT_TIMEOUT', `not completed within ${timeoutMs} ms; the tasks go on`);
      setImmediate(reject, error); // what has just been read comes first
    };
    const alarm = timeoutMs === null ? null : alarms.at(systemClock.now() + timeoutMs, timeOut);
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
