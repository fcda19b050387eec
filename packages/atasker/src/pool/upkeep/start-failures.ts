import { Math } from '../../platform/primordials.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** Number of failed attempts in a row that breaks the pool. */
const MOST_IN_A_ROW = 5;
/** An attempt that took all of its time counts as this many attempts: the tasks have waited long enough for it. */
const WEIGHT_OF_A_HANG = 2;

/**
 * Counts failed starts of members, so that the pool neither storms with new attempts nor tries forever. The pause after
 * an attempt doubles from 50 ms to 5 s. The pool is broken after five failed attempts in a row, or after three that
 * each took as long as a start may take. Starts that were under way together count as one attempt, however many they
 * were.
 */
export class StartFailures {
  #inARow = 0;
  #pauseMs = 0;
  #pauseUntil = -Infinity;
  #firstCause: Error | null = null;

  /** When the next attempt may be made, in monotonic milliseconds. */
  get pauseUntil(): number {
    return this.#pauseUntil;
  }

  /** A start that began at `since` has failed. */
  add(since: number, now: number, cause: Error, hasHung: boolean): void {
    if (since < this.#pauseUntil) return; // this start belongs to the attempt that has failed already
    this.#inARow += hasHung ? WEIGHT_OF_A_HANG : 1;
    this.#firstCause ??= cause;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#pauseUntil = now + this.#pauseMs;
  }

  /** The cause of the first failed attempt if the pool is broken; else null. */
  get brokenBy(): Error | null {
    return this.#inARow >= MOST_IN_A_ROW ? this.#firstCause : null;
  }

  /** A member has started, or the options have changed. */
  clear(): void {
    this.#inARow = 0;
    this.#pauseMs = 0;
    this.#pauseUntil = -Infinity;
    this.#firstCause = null;
  }
}
