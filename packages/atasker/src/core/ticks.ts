import { Math } from '../platform/primordials.ts';

/** The times at which a repeated action is due, in milliseconds of the caller's clock. */
export interface Ticks {
  /** When the next tick is due; Infinity if there is none. */
  dueAt(now: number): number;
  /** When to check again: when the next tick is due, or earlier where the clock may jump. */
  wakeAt(now: number): number;
  /**
   * Takes the tick that is due. @returns how many earlier ticks have been missed; missed ticks are never made up for
   */
  take(now: number): number;
  /** Drops the ticks that are due before that time. @returns how many ticks were dropped */
  skipTo(time: number): number;
}

/** Ticks at `firstAt + n * intervalMs`. A tick that is taken late does not move the ticks after it. */
export class IntervalTicks implements Ticks {
  readonly #intervalMs: number;
  #nextAt: number;

  constructor(firstAt: number, intervalMs: number) {
    this.#nextAt = firstAt;
    this.#intervalMs = intervalMs;
  }

  dueAt(): number {
    return this.#nextAt;
  }

  wakeAt(): number {
    return this.#nextAt;
  }

  take(now: number): number {
    const missed = Math.floor((now - this.#nextAt) / this.#intervalMs);
    this.#nextAt += (missed + 1) * this.#intervalMs;
    return missed;
  }

  skipTo(time: number): number {
    const skipped = Math.max(0, Math.ceil((time - this.#nextAt) / this.#intervalMs));
    this.#nextAt += skipped * this.#intervalMs;
    return skipped;
  }
}
