import { arrayPop, arrayPush, arraySlice, each, generated } from '../platform/methods.ts';
import { Symbol } from '../platform/primordials.ts';

/** Something that is due at a time. Keep this object to take it back. */
export interface Delayed<T> {
  readonly value: T;
  /** The due time, in milliseconds of the caller's clock. */
  readonly at: number;
  /** The place in the heap, or -1 once the object has been taken out. */
  index: number;
  readonly order: number;
}

/** Values that wait for a time, earliest first; first in, first out for equal times. A binary heap. */
export class Delays<T> {
  readonly #heap: Delayed<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The due time of the first value; Infinity if there is none. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  add(at: number, value: T): Delayed<T> {
    const delayed: Delayed<T> = { value, at, index: this.#heap.length, order: this.#added++ };
    arrayPush(this.#heap, delayed);
    this.#rise(delayed);
    return delayed;
  }

  /** Takes a value back; false if the value has been taken out already. */
  remove(delayed: Delayed<T>): boolean {
    const { index } = delayed;
    if (this.#heap[index] !== delayed) return false;
    const last = arrayPop(this.#heap)!;
    if (last !== delayed) {
      this.#place(last, index);
      this.#rise(last);
      this.#sink(last);
    }
    delayed.index = -1;
    return true;
  }

  /** Takes out the first value that is due at `now`; null if none is due. */
  takeDue(now: number): Delayed<T> | null {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return null;
    this.remove(first);
    return first;
  }

  /** All values, in no particular order. Values may be taken out during the iteration. */
  [Symbol.iterator](): IterableIterator<T> {
    return generated(this.#entries());
  }

  *#entries(): Generator<T> {
    for (const delayed of each(arraySlice(this.#heap))) if (delayed.index !== -1) yield delayed.value;
  }

  #place(delayed: Delayed<T>, index: number): void {
    this.#heap[index] = delayed;
    delayed.index = index;
  }

  #rise(delayed: Delayed<T>): void {
    for (;;) {
      const parentIndex = (delayed.index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || !isEarlier(delayed, parent)) return;
      this.#place(parent, delayed.index);
      this.#place(delayed, parentIndex);
    }
  }

  #sink(delayed: Delayed<T>): void {
    for (;;) {
      const left = this.#heap[2 * delayed.index + 1];
      const right = this.#heap[2 * delayed.index + 2];
      const child = right !== undefined && isEarlier(right, left!) ? right : left;
      if (child === undefined || !isEarlier(child, delayed)) return;
      const { index } = child;
      this.#place(child, delayed.index);
      this.#place(delayed, index);
    }
  }
}

function isEarlier(a: Delayed<unknown>, b: Delayed<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
