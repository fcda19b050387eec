import type { Ticks } from './ticks.ts';

/**
 * What happens to a late tick. `'skip'`: it is dropped, and counted as skipped. `'now'`: one execution begins as soon as
 * it can, for all late ticks together; the others are counted. `'next'`: the execution is moved to the next tick, which
 * has one execution for both; if there is no further tick, it begins as soon as it can.
 */
export type Late = 'skip' | 'now' | 'next';

/** The words of `Late`. */
export const LATE: readonly Late[] = ['skip', 'now', 'next'];

/** A tick that is noticed within this time is not late, unless the next tick has passed as well. */
const ON_TIME_MS = 1000;

/**
 * Ticks with a rule for late ones. A tick is late if nothing can begin at it: because of an execution that still runs,
 * or because the program was busy, or the machine asleep, until the next tick or for more than a second. Without a rule,
 * one execution makes up for what was missed while the program was busy, and ticks during an execution are dropped.
 */
export class LateTicks {
  readonly #ticks: Ticks;
  readonly #late: Late | null;
  /** How many ticks were skipped. */
  skipped = 0;
  /** Whether an execution was moved to a next tick that there is not. */
  #isOwed = false;

  constructor(ticks: Ticks, late: Late | null) {
    this.#ticks = ticks;
    this.#late = late;
  }

  /** When the next execution is due; Infinity: never. */
  dueAt(now: number): number {
    if (this.#late === 'skip' || this.#late === 'next') this.#drop(now - ON_TIME_MS, now);
    return this.#isOwed ? now : this.#ticks.dueAt(now);
  }

  /** When to check again. */
  wakeAt(now: number): number {
    return this.dueAt(now) <= now ? now : this.#ticks.wakeAt(now);
  }

  /** An execution begins. */
  take(now: number): void {
    if (this.#isOwed) {
      this.#isOwed = false;
      return;
    }
    const missed = this.#ticks.take(now);
    if (this.#late !== 'next') this.skipped += missed;
  }

  /** An execution has ended; the next one may begin at `notBefore`. */
  ended(now: number, notBefore: number): void {
    if (this.#late !== 'now') this.#drop(notBefore, now);
  }

  /** Drops the ticks before now without counting them: nothing was wanted at them. */
  passOver(now: number): void {
    this.#ticks.skipTo(now, now);
  }

  #drop(before: number, now: number): void {
    const dropped = this.#ticks.skipTo(before, now);
    if (this.#late !== 'next') this.skipped += dropped;
    else if (dropped > 0 && this.#ticks.dueAt(now) === Infinity) this.#isOwed = true;
  }
}
