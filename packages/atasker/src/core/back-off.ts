import { Math } from '../platform/primordials.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 10_000;

/** The pause after a failure: 10 ms, doubled with each further one up to 10 s, none after a success. */
export class BackOff {
  #pauseMs = 0;
  #failedAt = -Infinity;
  #until = -Infinity;

  /** Nothing is to be tried before. */
  get until(): number {
    return this.#until;
  }

  /** What failed began at `began`. The pause does not grow by what ran beside the last failure already. */
  failed(now: number, began: number): void {
    if (began > this.#failedAt) this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#failedAt = now;
    this.#until = now + this.#pauseMs;
  }

  /** One that ran beside the last failure already does not end the pause. */
  succeeded(began: number): void {
    if (began <= this.#failedAt) return;
    this.#pauseMs = 0;
    this.#failedAt = -Infinity;
    this.#until = -Infinity;
  }
}
