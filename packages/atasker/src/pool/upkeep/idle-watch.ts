import type { Alarm, Alarms, Clock } from '../../common/clock.ts';

/** A member as far as it matters here. */
interface Idle {
  /** Since when it has had nothing to do, in monotonic milliseconds. */
  idleSince: number;
}

/** What the idle members of a pool are. */
export interface IdleMembers<M extends Idle> {
  idleTimeoutMs(): number;
  /** The member that has had nothing to do for longest, if there are more than are kept; else null. */
  surplus(): M | null;
  /** Whether they are about to take a task. */
  isWorkAtHand(): boolean;
  /** Lets a member end; false if it cannot go now: it has taken a task at this moment. */
  retire(member: M): boolean;
}

/**
 * Lets members go that have had nothing to do for long: one alarm, for the one that has been idle longest.
 *
 * Each look retires a member or lets one count from now again, so that the next alarm always lies ahead.
 */
export class IdleWatch<M extends Idle> {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #members: IdleMembers<M>;
  #alarm: Alarm | null = null;

  constructor(clock: Clock, alarms: Alarms, members: IdleMembers<M>) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#members = members;
  }

  /** Call it when a member has become idle. */
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
    const now = this.#clock.now();
    const since = now - this.#members.idleTimeoutMs();
    let last: M | null = null;
    for (let oldest = this.#members.surplus(); oldest !== null && oldest !== last; oldest = this.#members.surplus()) {
      if (oldest.idleSince > since) return;
      last = oldest;
      const stays = this.#members.isWorkAtHand() || !this.#members.retire(oldest);
      oldest.idleSince = now; // so that no alarm is due at once if it is still here
      if (stays) return;
    }
  }

  unwatch(): void {
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
  }
}
