const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 10_000;

/** The pause after a failure: 10 ms, doubled with each further one up to 10 s, none after a success. */
export class BackOff {
  #pauseMs = 0;
  #until = -Infinity;

  /** Nothing is to be tried before. */
  get until(): number {
    return this.#until;
  }

  failed(now: number): void {
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#until = now + this.#pauseMs;
  }

  succeeded(): void {
    this.#pauseMs = 0;
    this.#until = -Infinity;
  }
}
