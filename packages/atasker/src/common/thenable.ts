import { promiseCatch } from '../platform/methods.ts';
import { objectPrototype, Promise } from '../platform/primordials.ts';

/**
 * Whether a function has given back something to wait for: a promise of whatever library, or a task. A `then` that
 * somebody has given to all objects makes none of them.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const then = (value as { readonly then?: unknown } | null | undefined)?.then;
  return typeof then === 'function' && then !== objectPrototype.then;
}

/** A promise that rejects, for whoever awaits it; nobody need. */
export function unawaitedRejection(error: Error): Promise<never> {
  const rejection = Promise.reject(error);
  void promiseCatch(rejection, () => {});
  return rejection;
}
