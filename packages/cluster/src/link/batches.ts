import { isUnavailable } from '../common/errors.ts';

/** How many items go to the store in one call. */
const MOST = 500;

/** How long to wait before a call is repeated, if the store does not tell that it is back. */
const RETRY_MS = 1000;

/** What sends the items, and what becomes of them. */
export interface BatchesOwner<T, R> {
  send(items: readonly T[]): Promise<R>;
  sent(items: readonly T[], result: R): void;
  /** The store has refused an item for good. */
  refused(item: T, error: unknown): void;
}

/**
 * Items on their way to the store: many in one call, and one call after the other. While the store cannot be reached,
 * the items wait in their order.
 */
export class Batches<T, R = unknown> {
  readonly #owner: BatchesOwner<T, R>;
  #waiting = new Set<T>();
  /** How many items are to be sent one by one: one of them has made a call fail. */
  #single = 0;
  #isSending = false;
  #retry: NodeJS.Timeout | null = null;
  #whenEmpty: (() => void)[] = [];

  constructor(owner: BatchesOwner<T, R>) {
    this.#owner = owner;
  }

  /** How many items wait. */
  get size(): number {
    return this.#waiting.size;
  }

  put(item: T): void {
    this.#waiting.add(item);
    if (!this.#isSending && this.#retry === null) this.#begin();
  }

  /** Takes an item out; false if it is on its way, or was sent. */
  remove(item: T): boolean {
    return this.#waiting.delete(item);
  }

  /** The store can be reached again. */
  retry(): void {
    if (this.#retry === null) return;
    clearTimeout(this.#retry);
    this.#retry = null;
    if (!this.#isSending) this.#begin();
  }

  /** Resolves when nothing waits and nothing is on its way. */
  whenEmpty(): Promise<void> {
    if (this.#waiting.size === 0 && !this.#isSending) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  /** Gives up what waits. */
  close(): void {
    this.#waiting.clear();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    if (!this.#isSending) this.#tellEmpty();
  }

  /** What is put in one turn of the event loop goes in one call. */
  #begin(): void {
    this.#isSending = true;
    queueMicrotask(() => void this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.size > 0 && this.#retry === null) await this.#sendSome();
    this.#isSending = false;
    if (this.#waiting.size === 0) this.#tellEmpty();
  }

  async #sendSome(): Promise<void> {
    const items = this.#take(this.#single > 0 ? 1 : MOST);
    this.#single = Math.max(0, this.#single - 1);
    let result: R;
    try {
      result = await this.#owner.send(items);
    } catch (error) {
      return this.#failed(items, error);
    }
    this.#owner.sent(items, result);
  }

  #take(most: number): T[] {
    const items: T[] = [];
    for (const item of this.#waiting) {
      if (items.push(item) === most) break;
    }
    for (const item of items) this.#waiting.delete(item);
    return items;
  }

  #failed(items: readonly T[], error: unknown): void {
    if (isUnavailable(error)) {
      this.#putBack(items);
      this.#retry = setTimeout(() => this.retry(), RETRY_MS);
    } else if (items.length > 1) {
      this.#putBack(items);
      this.#single = items.length;
    } else {
      this.#owner.refused(items[0]!, error);
    }
  }

  #putBack(items: readonly T[]): void {
    this.#waiting = new Set([...items, ...this.#waiting]);
  }

  #tellEmpty(): void {
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}
