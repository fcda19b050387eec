import { generated } from '../platform/methods.ts';
import { Symbol } from '../platform/primordials.ts';

/** What a lane links. The links are fields of the entry itself, so to add and to take out cost no memory. */
export interface Linked {
  /** The lane that holds the entry, or null. */
  lane: Lane<Linked> | null;
  before: Linked | null;
  after: Linked | null;
}

/** A first-in-first-out queue from which any entry can be taken out in constant time. */
export class Lane<T extends Linked> {
  #first: Linked | null = null;
  #last: Linked | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | null {
    return this.#first as T | null;
  }

  push(entry: T): void {
    entry.lane = this as unknown as Lane<Linked>;
    entry.before = this.#last;
    entry.after = null;
    if (this.#last === null) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#size += 1;
  }

  /** Puts an entry before all others. */
  pushFirst(entry: T): void {
    entry.lane = this as unknown as Lane<Linked>;
    entry.before = null;
    entry.after = this.#first;
    if (this.#first === null) this.#last = entry;
    else this.#first.before = entry;
    this.#first = entry;
    this.#size += 1;
  }

  /** Takes out an entry. The entry must be in this lane. */
  remove(entry: T): void {
    if (entry.before === null) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === null) this.#last = entry.before;
    else entry.after.before = entry.before;
    entry.lane = null;
    entry.before = null;
    entry.after = null;
    this.#size -= 1;
  }

  /** Iterates from the first entry on. The current entry may be taken out meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return generated(this.#entries());
  }

  *#entries(): Generator<T> {
    for (let entry = this.#first; entry !== null;) {
      const { after } = entry;
      yield entry as T;
      entry = after;
    }
  }
}
