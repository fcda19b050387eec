import type { Alarm, Alarms, Clock } from '../../../common/clock.ts';
import { Math } from '../../../platform/primordials.ts';

/** Where tasks wait that members take by themselves. */
interface Waiting {
  /** What would be taken next, and may be, by its number; 0 if there is nothing. */
  readonly nextRun: number;
  /** Wakes another member in place of those that were woken and do not take it. */
  wakeAnother?(): void;
}

/** So long does a member have that was woken before another one is woken in its place. */
const WAKE_MS = 20;

/** Notices that members which could take a task do not: others are woken, and if none takes it none ever will. */
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
    if (run !== 0) this.#lookLater(waiting, run, this.#clock.now() + patienceMs, patienceMs);
  }

  #lookLater(waiting: Waiting, run: number, giveUpAt: number, patienceMs: number): void {
    this.#alarm = this.#alarms.at(Math.min(this.#clock.now() + WAKE_MS, giveUpAt), () => {
      this.#alarm = null;
      const isUntaken = waiting.nextRun === run;
      if (isUntaken && this.#clock.now() < giveUpAt) {
        waiting.wakeAnother?.();
        return this.#lookLater(waiting, run, giveUpAt, patienceMs);
      }
      if (isUntaken) this.#stuck();
      this.watch(waiting, patienceMs);
    });
  }

  close(): void {
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
  }
}
