import type { Alarm, Alarms, Clock } from '../clock.ts';
import type { PoolMember } from './member.ts';

/** What the idle members of a pool are. */
export interface IdleMembers {
  idleTimeoutMs(): number;
  /** The one that has had nothing to do for longest, if there are more than are kept; else null. */
  surplus(): PoolMember | null;
  /** Whether they are about to take a task. */
  isWorkAtHand(): boolean;
  /** Lets it end; false if it has taken a task at this moment. */
  retire(member: PoolMember): boolean;
}

/** Lets members go that have had nothing to do for long: one alarm, for the one that is idle longest. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #members: IdleMembers;
  #alarm: Alarm | null = null;

  constructor(clock: Clock, alarms: Alarms, members: IdleMembers) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#members = members;
  }

  watch(): void {
    if (this.#alarm !== null) return;
    const oldest = this.#members.surplus();
    if (oldest === null) return;
    this.#alarm = this.#alarms.at(oldest.idleSince + this.#members.idleTimeoutMs(), () => {
      this.#alarm = null;
      this.#retireAll();
      this.watch();
    });
  }

  #retireAll(): void {
    const since = this.#clock.now() - this.#members.idleTimeoutMs();
    for (let oldest = this.#members.surplus(); oldest !== null; oldest = this.#members.surplus()) {
      if (oldest.idleSince > since) return;
      if (this.#members.isWorkAtHand()) {
        oldest.idleSince = this.#clock.now();
        return;
      }
      if (!this.#members.retire(oldest)) return;
    }
  }

  unwatch(): void {
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
  }
}
