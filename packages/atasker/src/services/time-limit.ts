import { AsyncResource } from 'node:async_hooks';
import { isTaskError, TimeoutError } from '../common/errors.ts';
import type { LimitedRun, ServiceCalls } from '../define/service-calls.ts';
import { isInstance, promiseThen } from '../platform/methods.ts';
import { abort, AbortController, runInScope, signalOf } from '../platform/node.ts';
import { Error, Promise } from '../platform/primordials.ts';
import { TaskHandle } from '../task/task.ts';
import type { ServiceHost } from './service.ts';

/** A call of a function of the user that may be limited in time. */
export interface LimitedCall {
  readonly host: ServiceHost;
  readonly calls: ServiceCalls;
  readonly scope: AsyncResource;
  /** Whose property `signal` shows the signal of this call: a worker or a job. */
  readonly of: object;
  /** The worker or job, for a message. */
  readonly what: string;
  /** Infinity: there is no limit. */
  readonly timeoutMs: number;
  /** Told at once when the limit has passed. The function may still run then. */
  readonly timedOut: (error: TimeoutError) => void;
}

/**
 * Calls a plain function. Resolves or rejects when the function has ended, also if that is long after the limit: nothing
 * on this event loop can end a function, and whoever runs one at a time has to know that it still runs. What the
 * function returns after the limit is dropped.
 */
export async function callLimited(call: LimitedCall, code: () => unknown): Promise<unknown> {
  const { host, calls, scope, of, what, timeoutMs, timedOut } = call;
  if (timeoutMs === Infinity) return calls.call(scope, code);
  const controller = new AbortController();
  let limit: TimeoutError | null = null;
  const alarm = host.alarms.at(host.clock.now() + timeoutMs, () => {
    limit = new TimeoutError('ERR_TASK_TIMEOUT', `${what} ran longer than ${timeoutMs} ms`);
    runInScope(inside, abort, null, controller, limit); // listeners of the signal belong to the run
    timedOut(limit);
  });
  let inside = scope;
  const limited = (): unknown => {
    inside = new AsyncResource('atasker.limited');
    return code();
  };
  const run: LimitedRun = { of, signal: signalOf(controller) };
  try {
    const result = await calls.call(scope, limited, run);
    return limit === null ? result : undefined;
  } catch (error) {
    if (limit === null) throw error;
    if (!isAnswer(error, limit)) host.userError(error, `${what}, after its timeout`);
    return undefined;
  } finally {
    host.alarms.cancel(alarm);
  }
}

/** Whether the error is how a function says that it has obeyed its signal. */
function isAnswer(error: unknown, limit: TimeoutError): boolean {
  return (
    error === limit || (isInstance(Error, error) && (error.name === 'AbortError' || error.name === 'TimeoutError'))
  );
}

/**
 * Awaits a task. An async task whose function ignores its signal fails although the function goes on: `failed` is told
 * at once, and the promise resolves when the function has returned.
 */
export async function untilReturned(task: unknown, failed: (error: unknown) => void): Promise<unknown> {
  try {
    return await task;
  } catch (error) {
    const isOver = isTaskError(error, 'ERR_TASK_TIMEOUT'); // whoever cancels a task does not wait for its function
    if (!isOver || !(task instanceof TaskHandle) || task.life?.lingers !== true) throw error;
    failed(error);
    await new Promise<void>((resolve) => {
      task.watcher = { began() {}, progressed() {}, ended() {}, late: () => resolve() };
    });
    return undefined;
  }
}

/** Whether the promise, which never rejects, resolves within that time; Infinity waits without a limit. */
export function settlesWithin({ alarms, clock }: ServiceHost, end: Promise<void>, waitMs: number): Promise<boolean> {
  const ended = promiseThen(end, () => true);
  if (waitMs === Infinity) return ended;
  return new Promise((resolve) => {
    const alarm = alarms.at(clock.now() + waitMs, () => resolve(false));
    void promiseThen(ended, () => {
      alarms.cancel(alarm);
      resolve(true);
    });
  });
}
