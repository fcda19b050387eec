import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Numbers that follow from a seed. */
export class Random {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number from 0 up to `end`, without `end`. */
  below(end: number): number {
    return uniformInt(this.#generator, 0, end - 1);
  }

  happens(chance: number): boolean {
    return uniformFloat64(this.#generator) < chance;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}
