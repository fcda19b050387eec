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

  /** An item has come; it is handed over as soon as all that was sent before it has been. */
  add(way: Way, after: number, item: T): void {
    this.#waiting[way].push({ item, after });
    this.#hand();
  }

  /** Nothing comes any more: hands over what is left, though something before it is missing. */
  end(): void {
    for (const way of [0, 1] as const) {
      for (const { item } of this.#waiting[way].splice(0)) this.#handle(item);
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
    const [first] = waiting;
    if (first === undefined || first.after > this.#count[way === 0 ? 1 : 0]) return false;
    waiting.shift();
    this.#count[way] += 1;
    this.#handle(first.item);
    return true;
  }
}
