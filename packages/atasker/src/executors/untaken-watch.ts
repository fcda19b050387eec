import type { Alarm, Alarms, Clock } from '../clock.ts';

/** Where tasks wait that members take by themselves. */
interface Waiting {
  /** What would be taken next, and may be, by its number; 0 if there is nothing. */
  readonly nextRun: number;
}

/** Notices that members which could take a task do not: then they never will. */
export class UntakenWatch {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #stuck: () => void;
  #alarm: Alarm | null = null;

  constructor(clock: Clock, alarms: Alarms, stuck: () => void) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#stuck = stuck;
  }

  /** One alarm while something waits, for what is next now. */
  watch(waiting: Waiting, patienceMs: number): void {
    if (this.#alarm !== null) return;
    const run = waiting.nextRun;
    if (run === 0) return;
    this.#alarm = this.#alarms.at(this.#clock.now() + patienceMs, () => {
      this.#alarm = null;
      if (waiting.nextRun === run) this.#stuck();
      this.watch(waiting, patienceMs);
    });
  }

  close(): void {
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
  }
}
