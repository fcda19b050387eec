import { promiseCatch } from '../platform/methods.ts';
import { objectPrototype, Promise } from '../platform/primordials.ts';

/**
 * Whether a value is a promise of any library, or a task. If somebody has added a `then` to `Object.prototype`, that
 * `then` does not count.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const then = (value as { readonly then?: unknown } | null | undefined)?.then;
  return typeof then === 'function' && then !== objectPrototype.then;
}

/** A rejected promise that nobody has to handle. */
export function unawaitedRejection(error: Error): Promise<never> {
  const rejection = Promise.reject(error);
  void promiseCatch(rejection, () => {});
  return rejection;
}
