import { Math } from '../platform/primordials.ts';

/** When something that is done again and again is due. Times are milliseconds of the caller's clock. */
export interface Ticks {
  /** When the next one is due; Infinity if there is none. */
  dueAt(now: number): number;
  /** When to look again: the same, or earlier where the time may jump. */
  wakeAt(now: number): number;
  /** Takes the one that is due. @returns how many before it have been missed: those are never made up for */
  take(now: number): number;
  /** What is due before that time is left out. @returns how many these are */
  skipTo(time: number): number;
}

/** Ticks at `firstAt + n * intervalMs`: however late one of them is taken, the next ones do not drift. */
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
