import { arrayPush, arrayShift, arraySplice, each } from '../../platform/methods.ts';
import { Error } from '../../platform/primordials.ts';

/** One thing that came one of two ways. */
interface Arrival<T> {
  readonly item: T;
  /** So many had been sent the other way before it. */
  readonly after: number;
}

/** One of the two ways. */
export type Way = 0 | 1;

/** What is sent two ways by one sender, in the order in which it was sent: each item tells how much went the other way before it. */
export class Arrivals<T> {
  readonly #waiting: readonly [Arrival<T>[], Arrival<T>[]] = [[], []];
  /** How many of each way have been handed over. */
  readonly #count: [number, number] = [0, 0];
  readonly #handle: (item: T) => void;
  #isHandling = false;

  constructor(handle: (item: T) => void) {
    this.#handle = handle;
  }

  /**
   * An item has come; it is handed over as soon as all that was sent before it has been.
   *
   * @throws if what waits the other way cannot have been sent before it, and says that it was sent after it
   */
  add(way: Way, after: number, item: T): void {
    this.#check(way, after);
    arrayPush(this.#waiting[way], { item, after });
    this.#hand();
  }

  /** How many have been handed over. */
  get handed(): number {
    return this.#count[0] + this.#count[1];
  }

  /** Whether something waits, of this way, for what has been sent the other way before it. */
  waits(way: Way): boolean {
    return this.#waiting[way].length > 0;
  }

  /** An item that was sent before this one tells how many had gone this way before it: no more than have come. */
  #check(way: Way, after: number): void {
    const other = way === 0 ? 1 : 0;
    const come = this.#count[way] + this.#waiting[way].length;
    const known = after - this.#count[other];
    const waiting = this.#waiting[other];
    for (let at = 0; at < waiting.length && at < known; at += 1) {
      if (waiting[at]!.after > come) throw new Error('what came from a process is not what it has sent');
    }
  }

  /** Nothing comes any more: hands over what is left, though something before it is missing. */
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
