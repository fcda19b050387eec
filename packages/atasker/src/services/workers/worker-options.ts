import {
  checkBoolean,
  checkFunction,
  checkKeys,
  checkLimit,
  checkOneOf,
  checkString,
  type Duration,
} from '../../common/check.ts';
import { invalidOption, TaskError } from '../../common/errors.ts';
import { PRIORITIES, type Priority } from '../../core/priority.ts';
import { isTaskFunction } from '../../define/background-task.ts';
import { callOf } from '../../define/call-of.ts';
import { arrayConcat } from '../../platform/methods.ts';
import { servicesOf, type AnyWorker, type ServiceHost, type ServiceOwner, type WorkerService } from '../service.ts';

/** The options of every background worker. */
export interface WorkerOptions {
  /**
   * The name of the worker, unique in its supervisor while the worker is active. @defaultValue the name of its function
   * or class, with a number if that name is in use
   */
  name?: string | undefined;
  /**
   * Whether the worker takes the place of an active worker that has this `name`, as when a module is loaded again. That
   * worker stops first, with the reason `'replaced'`; this one starts when no code of it runs any more, and the waiting
   * jobs of a queue worker are handed over. Needs `name`. @defaultValue `false`: `ERR_NAME_IN_USE`
   */
  replace?: boolean | undefined;
  /**
   * The priority of the tasks, if the executor function is a task function. @defaultValue the priority of the task
   * function
   */
  priority?: Priority | undefined;
  /**
   * The aloop that runs the executor function; a thread must be able to find that function. @defaultValue none: a plain
   * function runs in this thread
   */
  loop?: string | undefined;
  /**
   * How long one execution may run. Then `worker.signal`, or `currentTask().signal` in a task, aborts, and the execution
   * fails with `ERR_TASK_TIMEOUT`. The next execution does not begin before the function has ended. @defaultValue no
   * limit; for a task function its own `timeout`
   */
  timeout?: Duration | undefined;
  /**
   * Whether the program may end by itself although the worker is active, also while its executor function waits for
   * something that does not keep the program alive; tasks do. @defaultValue `false`
   */
  unref?: boolean | undefined;
  /**
   * Any object for the executor function: `worker.o`, or `this.o` in a method or an ordinary function. @defaultValue
   * none
   */
  o?: unknown;
  /**
   * Called with what the executor function threw and the worker; a queue worker adds the job. @defaultValue the event
   * `workerFailed`; without a listener a process warning, once for each start
   */
  onError?: ((error: unknown, worker: AnyWorker, job?: unknown) => unknown) | undefined;
  /**
   * The supervisor that owns the worker and runs the tasks that its executor function calls, unless these name another
   * one. @defaultValue the default supervisor at the start of the worker
   */
  supervisor?: ServiceOwner | undefined;
}

/** What `with` returns: the worker, ready to be started with other options. */
export interface Starter<A extends unknown[], W> {
  start(...args: A): W;
}

/** The options that every kind of worker has. */
export const COMMON_KEYS: readonly (keyof WorkerOptions)[] = [
  'name',
  'replace',
  'priority',
  'loop',
  'timeout',
  'unref',
  'o',
  'onError',
  'supervisor',
];

/** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option. */
export function checkWorkerOptions(kind: string, options: WorkerOptions, keysOfKind: readonly string[]): void {
  checkKeys(`options of a worker (${kind})`, options, arrayConcat<string>(COMMON_KEYS, keysOfKind));
  const { name, replace, priority, loop, timeout, unref, onError, supervisor } = options;
  if (name !== undefined) checkString('name', name);
  if (replace !== undefined) checkBoolean('replace', replace);
  if (priority !== undefined) checkOneOf('priority', priority, PRIORITIES);
  if (loop !== undefined) checkString('loop', loop);
  if (timeout !== undefined) checkLimit('timeout', timeout);
  if (unref !== undefined) checkBoolean('unref', unref);
  if (onError !== undefined) checkFunction('onError', onError);
  if (supervisor !== undefined) servicesOf(supervisor);
}

/** Only a task function can run on an aloop: a method is bound to this thread, as it may use anything of its worker. */
export function checkOnLoop(run: unknown, loop: string): void {
  if (isTaskFunction(run)) return void callOf(run, [], { loop });
  throw invalidOption('type', 'loop needs an executor that is a task function: run = backgroundTask(…)');
}

/**
 * Registers a worker that starts now.
 *
 * @returns its name, and the worker that it replaces.
 * @throws TaskError `ERR_NAME_IN_USE`, `ERR_SUPERVISOR_STOPPED`.
 */
export function register(
  host: ServiceHost,
  worker: WorkerService,
  { name, replace = false }: WorkerOptions,
  ownName: string,
): { readonly name: string; readonly before: WorkerService | null } {
  if (!replace) return { name: host.enter(worker, name ?? ownName, name !== undefined), before: null };
  if (name === undefined) throw invalidOption('type', 'replace needs a name: the option name');
  return { name, before: host.takeOver(worker, name) };
}

export function stillStops(name: string): TaskError {
  return new TaskError('ERR_WORKER_STOPPING', `worker ${name} is stopping; await stop() first`);
}
