import type { Alarm, Alarms, Clock } from '../../common/clock.ts';
import { Math, Set } from '../../platform/primordials.ts';

/** How often to check whether somebody has set the wall clock. */
const LOOK_EVERY_MS = 1_000;

/** Smaller differences are rounding. */
const LEAST_JUMP_MS = 20;

/**
 * Tells its followers, which depend on a date, when somebody has set the wall clock. Checks only while there are any.
 */
export class WallClockWatch<T> {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #jumped: (follower: T) => void;
  readonly #followers = new Set<T>();
  /** The wall clock minus the monotonic clock, at the last check. */
  #offset = 0;
  #alarm: Alarm | null = null;

  constructor(clock: Clock, alarms: Alarms, jumped: (follower: T) => void) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#jumped = jumped;
  }

  add(follower: T): void {
    this.#followers.add(follower);
    if (this.#alarm !== null) return;
    this.#offset = this.#clock.date() - this.#clock.now();
    this.#lookLater();
  }

  delete(follower: T): void {
    if (!this.#followers.delete(follower) || this.#followers.size > 0 || this.#alarm === null) return;
    this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
  }

  #lookLater(): void {
    this.#alarm = this.#alarms.at(this.#clock.now() + LOOK_EVERY_MS, () => this.#look());
  }

  #look(): void {
    this.#lookLater();
    const offset = this.#clock.date() - this.#clock.now();
    if (Math.abs(offset - this.#offset) < LEAST_JUMP_MS) return;
    this.#offset = offset;
    for (const follower of this.#followers) this.#jumped(follower);
  }
}
