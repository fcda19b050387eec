import type { ExecutorEvents } from '../../../executors/executor.ts';
import { Math } from '../../../platform/primordials.ts';

/** The output of the tasks of one member that the program still waits for. */
export class MemberOutput {
  #flushing = 0;
  readonly #reports: ExecutorEvents;

  constructor(reports: ExecutorEvents) {
    this.#reports = reports;
  }

  /** The output of a task is on its way to the program. */
  hold(): void {
    this.#flushing += 1;
    this.#reports.hold();
  }

  /** The output of a task has reached the program. */
  flushed(): void {
    if (this.#flushing > 0) this.#reports.release();
    this.#flushing = Math.max(0, this.#flushing - 1);
  }

  /** The member has exited: none of its output is waited for any more. */
  close(): void {
    while (this.#flushing > 0) this.flushed();
  }
}
