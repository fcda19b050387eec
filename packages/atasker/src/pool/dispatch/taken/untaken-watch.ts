import type { Alarm, Alarms, Clock } from '../../../common/clock.ts';
import { Math } from '../../../platform/primordials.ts';

/** The part of a dispatch that the watch needs: tasks wait there that members take by themselves. */
interface Waiting {
  /** The run number of the task that would be taken next, and may be taken; 0 if there is none. */
  readonly nextRun: number;
  /** Wakes another member in place of those that were woken and do not take the task. */
  wakeAnother?(): void;
}

/** How long a woken member has to take the task before another member is woken in its place, in milliseconds. */
const WAKE_MS = 20;

/**
 * Notices when members that could take a task do not. Other members are woken; if none of them takes the task in time,
 * none ever will.
 */
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

  /** Sets one alarm while a task waits, for the task that is next now. */
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
