import { Buffer } from 'node:buffer';

/** Numbers, choices and values by chance, the same for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(part: number): boolean {
    return this.next() < part;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }

  /** A value that can cross to a thread: mostly small, at times large or of a kind that JSON does not have. */
  value(): unknown {
    const kind = this.next();
    if (kind < 0.8) return this.pick([null, 0, 'text', true, { a: [1, 2, 3] }]);
    if (kind < 0.9) return this.pick([undefined, 10n, new Date(0), new Map([[1, 'one']]), Number.NaN]);
    if (kind < 0.97) return 'x'.repeat(this.integer(1, 5_000));
    if (kind < 0.999) return Buffer.alloc(this.integer(1, 20_000), 7);
    return 'y'.repeat(1_000_000);
  }
}
