import { each, listOf } from '../platform/methods.ts';
import { Set } from '../platform/primordials.ts';

type Listener = (value: unknown) => unknown;

/** How far a task is, as its function has told, and who wants to know. */
export class Progress {
  value: unknown = undefined;
  readonly #listeners = new Set<Listener>();

  /** @returns ends it */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** `guard` calls each listener. */
  tell(value: unknown, guard: (call: () => unknown) => void): void {
    this.value = value;
    const listeners = listOf(this.#listeners); // one of them may add others
    for (const listener of each(listeners)) guard(() => listener(value));
  }
}

/** Sends the latest of many values: one is under way at most, and those that come meanwhile give way to the last. */
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

  /** The one that was under way has been read. */
  arrived(): void {
    this.#isUnderWay = false;
    this.flush();
  }

  /** Sends what waits, whatever is under way: nothing comes after it. */
  flush(): void {
    const next = this.#next;
    this.#next = null;
    if (next === null) return;
    this.#isUnderWay = true;
    this.#send(next.value);
  }
}
