import type { Alarm, Alarms, Clock } from '../clock.ts';
import type { PoolMember } from './member.ts';

/** One time limit for each member: of its start, of a load, of its end. */
export class MemberLimits {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #set = new Map<PoolMember, Alarm>();

  constructor(clock: Clock, alarms: Alarms) {
    this.#clock = clock;
    this.#alarms = alarms;
  }

  /** In place of the one that it has. */
  set(member: PoolMember, ms: number, late: () => void): void {
    this.clear(member);
    const alarm = this.#alarms.at(this.#clock.now() + ms, () => {
      this.#set.delete(member);
      late();
    });
    this.#set.set(member, alarm);
  }

  clear(member: PoolMember): void {
    const alarm = this.#set.get(member);
    if (alarm === undefined) return;
    this.#alarms.cancel(alarm);
    this.#set.delete(member);
  }
}
