import { each, listOf, promiseCatch } from '../platform/methods.ts';
import { Map, Promise, String } from '../platform/primordials.ts';
import { isThenable } from './thenable.ts';

type Listener<P> = (payload: P) => unknown;

/**
 * Typed events. Costs nothing while nobody listens: ask `has` before a payload is made.
 * A listener that throws or rejects harms nobody: the error goes to `onListenerError`.
 */
export class Events<M extends object> {
  /** For each event its listeners, and whether each is for one time only. */
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

/** Calls code of the user's that nobody waits for; what it throws or rejects with is reported. */
export function callUserCode(call: () => unknown, report: (error: unknown) => void): void {
  try {
    const answer = call();
    if (isThenable(answer)) void promiseCatch(Promise.resolve(answer), report);
  } catch (error) {
    report(error);
  }
}
