import { arrayPush, arrayShift, arraySplice, each } from '../../platform/methods.ts';
import { Error } from '../../platform/primordials.ts';

/** An item that came on one of two ways. */
interface Arrival<T> {
  readonly item: T;
  /** How many items had been sent on the other way before this one. */
  readonly after: number;
}

/** One of the two ways on which items come. */
export type Way = 0 | 1;

/**
 * Hands over what one sender sends on two ways, in the order in which it was sent. Each item says how many items went
 * the other way before it.
 */
export class Arrivals<T> {
  readonly #waiting: readonly [Arrival<T>[], Arrival<T>[]] = [[], []];
  /** How many items of each way have been handed over. */
  readonly #count: [number, number] = [0, 0];
  readonly #handle: (item: T) => void;
  #isHandling = false;

  constructor(handle: (item: T) => void) {
    this.#handle = handle;
  }

  /**
   * Adds an item that has come. The item is handed over as soon as all items that were sent before it have been.
   *
   * @throws if this item says that an item which waits on the other way was sent before it, and that item says the
   * opposite
   */
  add(way: Way, after: number, item: T): void {
    this.#check(way, after);
    arrayPush(this.#waiting[way], { item, after });
    this.#hand();
  }

  /** How many items have been handed over, both ways together. */
  get handed(): number {
    return this.#count[0] + this.#count[1];
  }

  /** Whether an item of this way waits for items that were sent on the other way before it. */
  waits(way: Way): boolean {
    return this.#waiting[way].length > 0;
  }

  /**
   * An item that was sent before this one cannot have been preceded by more items of this way than have come so far.
   */
  #check(way: Way, after: number): void {
    const other = way === 0 ? 1 : 0;
    const come = this.#count[way] + this.#waiting[way].length;
    const known = after - this.#count[other];
    const waiting = this.#waiting[other];
    for (let at = 0; at < waiting.length && at < known; at += 1) {
      if (waiting[at]!.after > come) throw new Error('the data that came from a process is not what it has sent');
    }
  }

  /** Hands over what is left, although items before it are missing. Called when nothing comes any more. */
  end(): void {
    for (const way of each([0, 1] as const)) {
      for (const { item } of each(arraySplice(this.#waiting[way], 0))) this.#handle(item);
    }
  }

  #hand(): void {
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      while (this.#handFirst(0) || this.#handFirst(1));
    } finally {
      this.#isHandling = false;
    }
  }

  #handFirst(way: Way): boolean {
    const waiting = this.#waiting[way];
    const first = waiting[0];
    if (first === undefined || first.after > this.#count[way === 0 ? 1 : 0]) return false;
    arrayShift(waiting);
    this.#count[way] += 1;
    this.#handle(first.item);
    return true;
  }
}
