import { systemClock, type Clock } from './clock.ts';

/**
 * A clock that stands still while facts are reported that have all happened by then: the look at the clock of the
 * machine costs as much as the rest of a report. A clock that a test has given is asked every time.
 */
export class HeldClock {
  readonly #clock: Clock;
  readonly #mayHold: boolean;
  #isHeld = false;
  #now = 0;
  #date = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#mayHold = clock === systemClock;
  }

  now(): number {
    return this.#isHeld ? this.#now : this.#clock.now();
  }

  date(): number {
    return this.#isHeld ? this.#date : this.#clock.date();
  }

  /** Calls `report` while the clock stands still. */
  hold(report: () => void): void {
    if (this.#isHeld || !this.#mayHold) return report();
    this.#now = this.#clock.now();
    this.#date = this.#clock.date();
    this.#isHeld = true;
    try {
      report();
    } finally {
      this.#isHeld = false;
    }
  }
}
