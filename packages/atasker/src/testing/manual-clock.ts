import type { Clock, Duration } from 'atasker';
import { checkDuration } from '../common/check.ts';

/** As long as a timer of Node.js can be. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A clock that stands still until it is told to go on, so that a test of an hour takes no time.
 * Give it to a supervisor: delays, time limits and grace periods of its tasks pass on it. The start and
 * the end of threads take the time they take.
 *
 * @example
 * const clock = new ManualClock();
 * const supervisor = new TaskSupervisor({ clock });
 * const task = remind.with({ supervisor, delay: '1h' })('tea');
 * clock.advance('1h');
 * await task;
 */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Map<symbol, { readonly at: number; readonly callback: () => void }>();

  /** Milliseconds that it was advanced by so far. */
  now(): number {
    return this.#now;
  }

  /** The same as a moment: it begins on 1 January 1970, and `deadline: new Date(…)` is compared with that. */
  date(): number {
    return this.#now;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  after(ms: number, callback: () => void): () => void {
    if (ms > LONGEST_TIMER_MS) throw new RangeError('a timer cannot be that long');
    const key = Symbol('timer');
    this.#timers.set(key, { at: this.#now + ms, callback });
    return () => this.#timers.delete(key);
  }

  /**
   * Lets so much time pass, and rings what is due on the way, in order. A task that becomes due begins
   * when this has returned, so its own time limits count from the end of the step.
   *
   * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` if it is not a duration.
   */
  advance(duration: Duration): void {
    const end = this.#now + checkDuration('advance', duration);
    for (let due = this.#takeDue(end); due !== null; due = this.#takeDue(end)) {
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }

  /** The timer that rings first, if it does so by then. */
  #takeDue(end: number): { readonly at: number; readonly callback: () => void } | null {
    const [first] = [...this.#timers].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at);
    if (first === undefined) return null;
    this.#timers.delete(first[0]);
    return first[1];
  }
}
