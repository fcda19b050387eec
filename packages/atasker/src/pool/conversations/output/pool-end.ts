import type { ExecutorEvents } from '../../../executors/executor.ts';
import { Math } from '../../../platform/primordials.ts';

/** What the tasks of one member have printed, and the program waits for. */
export class MemberOutput {
  #flushing = 0;
  readonly #reports: ExecutorEvents;

  constructor(reports: ExecutorEvents) {
    this.#reports = reports;
  }

  /** The output of a task is on its way. */
  hold(): void {
    this.#flushing += 1;
    this.#reports.hold();
  }

  /** It is there. */
  flushed(): void {
    if (this.#flushing > 0) this.#reports.release();
    this.#flushing = Math.max(0, this.#flushing - 1);
  }

  /** The member is no more. */
  close(): void {
    while (this.#flushing > 0) this.flushed();
  }
}
