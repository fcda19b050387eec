import { each, listOf } from '../platform/methods.ts';
import { setImmediate } from '../platform/node.ts';
import { Set } from '../platform/primordials.ts';

type Listener = (value: unknown) => unknown;

/** The latest progress value of a task, and the listeners for new values. */
export class Progress {
  value: unknown = undefined;
  readonly #listeners = new Set<Listener>();

  /** @returns a function that removes the listener */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Keeps the value and calls each listener by way of `guard`. */
  tell(value: unknown, guard: (call: () => unknown) => void): void {
    this.value = value;
    const listeners = listOf(this.#listeners); // a listener may add others
    for (const listener of each(listeners)) guard(() => listener(value));
  }
}

/** Sends the last of the values that are put in one turn of the event loop, at the end of the turn. */
export class LatestInTurn<T> {
  readonly #send: (value: T) => void;
  #latest: { readonly value: T } | null = null;

  constructor(send: (value: T) => void) {
    this.#send = send;
  }

  put(value: T): void {
    const isFirst = this.#latest === null;
    this.#latest = { value };
    if (isFirst) setImmediate(() => this.flush());
  }

  /** Sends the value that has not been sent yet, if there is one. */
  flush(): void {
    const latest = this.#latest;
    this.#latest = null;
    if (latest !== null) this.#send(latest.value);
  }
}

/**
 * Sends the latest of many values. At most one value is on its way; of the values put meanwhile, only the last is kept.
 */
export class LatestValue<T> {
  readonly #send: (value: T) => void;
  #isUnderWay = false;
  #next: { readonly value: T } | null = null;

  constructor(send: (value: T) => void) {
    this.#send = send;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  put(value: T): void {
    if (this.#isUnderWay) {
      this.#next = { value };
      return;
    }
    this.#isUnderWay = true;
    this.#send(value);
  }

  /** The receiver has read the value that was on its way. */
  arrived(): void {
    this.#isUnderWay = false;
    this.flush();
  }

  /** Sends the kept value although another value is on its way; used at the end, when no further value follows. */
  flush(): void {
    const next = this.#next;
    this.#next = null;
    if (next === null) return;
    this.#isUnderWay = true;
    this.#send(next.value);
  }
}
