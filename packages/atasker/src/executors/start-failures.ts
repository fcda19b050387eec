const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
const WINDOW_MS = 10_000;
const MOST_IN_WINDOW = 5;

/**
 * Threads that could not be started: never a storm of new attempts. The pause doubles from 50 ms
 * to 5 s; with more than 5 failures in 10 s the pool is broken.
 */
export class StartFailures {
  #times: number[] = [];
  #pauseMs = 0;
  #pauseUntil = -Infinity;
  #firstCause: Error | null = null;

  /** When the next attempt may be made. */
  get pauseUntil(): number {
    return this.#pauseUntil;
  }

  add(now: number, cause: Error): void {
    this.#times = [...this.#times.filter((time) => time > now - WINDOW_MS), now];
    this.#firstCause ??= cause;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#pauseUntil = now + this.#pauseMs;
  }

  /** The first cause, if threads fail to start again and again. */
  brokenBy(now: number): Error | null {
    const recent = this.#times.filter((time) => time > now - WINDOW_MS);
    return recent.length > MOST_IN_WINDOW ? this.#firstCause : null;
  }

  /** A thread has started, or the options have changed. */
  clear(): void {
    this.#times = [];
    this.#pauseMs = 0;
    this.#pauseUntil = -Infinity;
    this.#firstCause = null;
  }
}
