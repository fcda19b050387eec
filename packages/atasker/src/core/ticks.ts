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
  /** At `now`, drops the ticks that are due before `time`. @returns how many ticks were dropped */
  skipTo(time: number, now: number): number;
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
    if (this.#intervalMs === Infinity) return this.#skipOnly(time);
    const skipped = Math.max(0, Math.ceil((time - this.#nextAt) / this.#intervalMs));
    this.#nextAt += skipped * this.#intervalMs;
    return skipped;
  }

  #skipOnly(time: number): number {
    if (this.#nextAt >= time) return 0;
    this.#nextAt = Infinity;
    return 1;
  }
}

/** How often to check the wall clock. Timers are monotonic, so a jump of the wall clock shows only in a check. */
export const LOOK_AGAIN_MS = 60_000;

/** A tick at a date of the wall clock, at once if the date has passed, and then at every `intervalMs`. */
export class DatedTicks implements Ticks {
  readonly #date: number;
  readonly #clock: { date(): number };
  readonly #intervalMs: number;
  /** The ticks from the date on; null before the first tick has been taken or skipped. */
  #after: IntervalTicks | null = null;

  constructor(date: number, intervalMs: number, clock: { date(): number }) {
    this.#date = date;
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  dueAt(now: number): number {
    return this.#after === null ? now + (this.#date - this.#clock.date()) : this.#after.dueAt();
  }

  wakeAt(now: number): number {
    return this.#after === null ? Math.min(this.dueAt(now), now + LOOK_AGAIN_MS) : this.#after.wakeAt();
  }

  take(now: number): number {
    this.#after ??= new IntervalTicks(this.dueAt(now), this.#intervalMs);
    return this.#after.take(now);
  }

  skipTo(time: number, now: number): number {
    if (this.#after === null && this.dueAt(now) >= time) return 0;
    this.#after ??= new IntervalTicks(this.dueAt(now), this.#intervalMs);
    return this.#after.skipTo(time);
  }
}
