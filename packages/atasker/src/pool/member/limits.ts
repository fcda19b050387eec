import type { Alarm, Alarms, Clock } from '../../common/clock.ts';
import { Map } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { PoolMember } from './member.ts';

/** What has a time limit: a member of its start or its end, a task of its load. */
type Limited = PoolMember | TaskHandle;

/** One time limit for each. */
export class MemberLimits {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #set = new Map<Limited, Alarm>();

  constructor(clock: Clock, alarms: Alarms) {
    this.#clock = clock;
    this.#alarms = alarms;
  }

  /** In place of the one that it has. */
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
