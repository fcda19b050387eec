import { Math } from '../platform/primordials.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 10_000;

/** The pause after a failure: 10 ms, doubled with each further failure up to 10 s; a success ends the pause. */
export class BackOff {
  #pauseMs = 0;
  #failedAt = -Infinity;
  #until = -Infinity;

  /** The time before which nothing may be tried. */
  get until(): number {
    return this.#until;
  }

  /**
   * Notes the failure of an attempt that began at `began`. Attempts that ran in parallel with the last failure do not
   * make the pause longer.
   */
  failed(now: number, began: number): void {
    if (began > this.#failedAt) this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#failedAt = now;
    this.#until = now + this.#pauseMs;
  }

  /** Notes the success of an attempt. An attempt that had begun before the last failure does not end the pause. */
  succeeded(began: number): void {
    if (began <= this.#failedAt) return;
    this.#pauseMs = 0;
    this.#failedAt = -Infinity;
    this.#until = -Infinity;
  }
}
