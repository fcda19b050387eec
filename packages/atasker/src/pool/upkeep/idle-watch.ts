import type { Alarm, Alarms, Clock } from '../../common/clock.ts';

/** The part of a member that the idle watch needs. */
interface Idle {
  /** When the member became idle, in monotonic milliseconds. */
  readonly idleSince: number;
  /** The member counts as idle from this time on. */
  rests(now: number): void;
}

/** What the idle watch needs from the pool. */
export interface IdleWatchOwner<M extends Idle> {
  idleTimeoutMs(): number;
  /** The member that has been idle longest, if there are more members than the pool keeps; else null. */
  surplus(): M | null;
  /** Whether idle members are about to take a task. */
  isWorkAtHand(): boolean;
  /** Lets a member end; false if the member cannot go now, because it has taken a task at this moment. */
  retire(member: M): boolean;
}

/**
 * Retires members that have been idle for too long: one alarm, for the member that has been idle longest.
 *
 * Each look retires a member or restarts the idle time of one, so that the next alarm always lies ahead.
 */
export class IdleWatch<M extends Idle> {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #owner: IdleWatchOwner<M>;
  #alarm: Alarm | null = null;

  constructor(clock: Clock, alarms: Alarms, owner: IdleWatchOwner<M>) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#owner = owner;
  }

  /** Call this when a member has become idle. */
  watch(): void {
    if (this.#alarm !== null) return;
    const oldest = this.#owner.surplus();
    if (oldest === null) return;
    this.#alarm = this.#alarms.at(oldest.idleSince + this.#owner.idleTimeoutMs(), () => {
      this.#alarm = null;
      this.#retireAll();
      this.watch();
    });
  }

  #retireAll(): void {
    const now = this.#clock.now();
    const since = now - this.#owner.idleTimeoutMs();
    let last: M | null = null;
    for (let oldest = this.#owner.surplus(); oldest !== null && oldest !== last; oldest = this.#owner.surplus()) {
      if (oldest.idleSince > since) return;
      last = oldest;
      const stays = this.#owner.isWorkAtHand() || !this.#owner.retire(oldest);
      oldest.rests(now); // so that no alarm is due at once if the member stays
      if (stays) return;
    }
  }

  unwatch(): void {
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
  }
}
