import type { Alarm, Alarms, Clock } from '../../common/clock.ts';
import { Map } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { PoolMember } from './member.ts';

/** What can have a time limit: a member (for its start or its end) or a task (for its begin or its load). */
type Limited = PoolMember | TaskHandle;

/** The time limits of members and tasks: at most one for each of them. */
export class MemberLimits {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #set = new Map<Limited, Alarm>();

  constructor(clock: Clock, alarms: Alarms) {
    this.#clock = clock;
    this.#alarms = alarms;
  }

  /** Sets a time limit in milliseconds from now; it replaces an earlier one. */
  set(limited: Limited, ms: number, late: () => void): void {
    this.clear(limited);
    const alarm = this.#alarms.at(this.#clock.now() + ms, () => {
      this.#set.delete(limited);
      late();
    });
    this.#set.set(limited, alarm);
  }

  has(limited: Limited): boolean {
    return this.#set.has(limited);
  }

  clear(limited: Limited): void {
    const alarm = this.#set.get(limited);
    if (alarm === undefined) return;
    this.#alarms.cancel(alarm);
    this.#set.delete(limited);
  }
}
