import { each, listOf, promiseCatch } from '../platform/methods.ts';
import { Map, Promise, String } from '../platform/primordials.ts';
import { isThenable } from './thenable.ts';

type Listener<P> = (payload: P) => unknown;

/**
 * Typed events. An event costs nothing while nobody listens: call `has` before you make a payload. An error of a
 * listener, thrown or rejected, goes to `onListenerError` and affects no other code.
 */
export class Events<M extends object> {
  /** The listeners of each event, with the flag whether a listener is called only once. */
  readonly #listeners = new Map<keyof M, Map<Listener<never>, boolean>>();
  readonly #onListenerError: (error: unknown, event: string) => void;

  constructor(onListenerError: (error: unknown, event: string) => void) {
    this.#onListenerError = onListenerError;
  }

  has(event: keyof M): boolean {
    return this.#listeners.size > 0 && this.#listeners.has(event);
  }

  add<E extends keyof M>(event: E, listener: Listener<M[E]>, once = false): void {
    const listeners = this.#listeners.get(event) ?? new Map<Listener<never>, boolean>();
    this.#listeners.set(event, listeners.set(listener, once));
  }

  remove<E extends keyof M>(event: E, listener: Listener<M[E]>): void {
    const listeners = this.#listeners.get(event);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(event);
  }

  emit<E extends keyof M>(event: E, payload: M[E]): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) return;
    for (const entry of each(listOf(listeners) as [Listener<M[E]>, boolean][])) {
      const listener = entry[0];
      if (entry[1]) this.remove(event, listener);
      callUserCode(
        () => listener(payload),
        (error) => this.#onListenerError(error, String(event)),
      );
    }
  }
}

/** Calls code of the user that nobody awaits; reports what the code throws or rejects with. */
export function callUserCode(call: () => unknown, report: (error: unknown) => void): void {
  try {
    const answer = call();
    if (isThenable(answer)) void promiseCatch(Promise.resolve(answer), report);
  } catch (error) {
    report(error);
  }
}
