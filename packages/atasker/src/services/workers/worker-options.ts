import { checkFunction, checkKeys, checkOneOf, checkString } from '../../common/check.ts';
import { PRIORITIES, type Priority } from '../../core/priority.ts';
import { arrayConcat } from '../../platform/methods.ts';
import { servicesOf, type AnyWorker, type ServiceOwner } from '../service.ts';

/** The options of every background worker. */
export interface WorkerOptions {
  /** What it is called; unique in its supervisor while it is active. @defaultValue the name of its function or class, with a number if that is taken */
  name?: string | undefined;
  /** The priority of its tasks, if its executor is a task function. @defaultValue that of the task function */
  priority?: Priority | undefined;
  /** The aloop that its executor runs on, which then has to be a function that a thread can find. @defaultValue none: a plain function runs here */
  loop?: string | undefined;
  /** Any object, for the executor: `worker.o`, in a method or an ordinary function `this.o`. @defaultValue none */
  o?: unknown;
  /** Gets what the executor threw; a queue worker adds the job. @defaultValue the event `workerFailed`; without a listener a process warning, once for each start */
  onError?: ((error: unknown, worker: AnyWorker, job?: unknown) => unknown) | undefined;
  /** Who owns it, and runs the tasks that its executor calls, unless they say otherwise. @defaultValue the default supervisor at its start */
  supervisor?: ServiceOwner | undefined;
}

/** The options that every kind of worker has. */
export const COMMON_KEYS: readonly (keyof WorkerOptions)[] = ['name', 'priority', 'loop', 'o', 'onError', 'supervisor'];

/** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option. */
export function checkWorkerOptions(kind: string, options: WorkerOptions, keysOfKind: readonly string[]): void {
  checkKeys(`options of a worker (${kind})`, options, arrayConcat<string>(COMMON_KEYS, keysOfKind));
  const { name, priority, loop, onError, supervisor } = options;
  if (name !== undefined) checkString('name', name);
  if (priority !== undefined) checkOneOf('priority', priority, PRIORITIES);
  if (loop !== undefined) checkString('loop', loop);
  if (onError !== undefined) checkFunction('onError', onError);
  if (supervisor !== undefined) servicesOf(supervisor);
}
