import type { Alarm, Alarms, Clock } from '../../common/clock.ts';
import { TaskError } from '../../common/errors.ts';
import { Map } from '../../platform/primordials.ts';
import type { MemberKind } from '../channels/channel.ts';
import type { PoolMember } from '../member/member.ts';
import { StartFailures } from './start-failures.ts';

/** What `Starts` needs from the pool. */
export interface StartsOwner {
  /** Whether a living member takes tasks, now or when its task is over. */
  isServed(): boolean;
  /**
   * No member can be started, and none lives: waiting tasks fail with this error. `isNews` is true the first time in an
   * outage.
   */
  broken(error: Error, isNews: boolean): void;
  /** The pause after a failure is over. */
  pauseIsOver(): void;
}

/**
 * The starts of the members of a pool: which are under way, when the next start may begin, and what follows if they
 * fail.
 */
export class Starts {
  readonly #kind: MemberKind['name'];
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #owner: StartsOwner;
  readonly #failures = new StartFailures();
  /** The starts that are under way, with the time when each began. */
  readonly #underWay = new Map<PoolMember, number>();
  #pauseAlarm: Alarm | null = null;
  #isBroken = false;

  constructor(kind: MemberKind['name'], clock: Clock, alarms: Alarms, owner: StartsOwner) {
    this.#kind = kind;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#owner = owner;
  }

  /** How many starts are under way. */
  get count(): number {
    return this.#underWay.size;
  }

  /** Whether no member can be started, and none lives that takes tasks. */
  get isBroken(): boolean {
    return this.#isBroken && !this.#owner.isServed();
  }

  /** Whether a start may begin now. If not, the pool is told when it may (`pauseIsOver`). */
  get mayBegin(): boolean {
    if (this.#clock.now() >= this.#failures.pauseUntil) return true;
    this.#pause();
    return false;
  }

  #pause(): void {
    this.#pauseAlarm ??= this.#alarms.at(this.#failures.pauseUntil, () => {
      this.#pauseAlarm = null;
      this.#owner.pauseIsOver();
    });
  }

  began(member: PoolMember): void {
    this.#underWay.set(member, this.#clock.now());
  }

  succeeded(member: PoolMember): void {
    this.#underWay.delete(member);
    this.clear();
  }

  /** Nobody waits for this start any more. */
  drop(member: PoolMember): void {
    this.#underWay.delete(member);
  }

  /** A start has failed; ignored if nobody waits for that start any more. */
  failed(member: PoolMember, cause: Error, hasHung: boolean): void {
    const since = this.#underWay.get(member);
    if (since === undefined) return;
    this.#underWay.delete(member);
    this.#add(since, cause, hasHung);
  }

  /** A start could not even begin. */
  couldNotBegin(cause: Error): void {
    this.#add(this.#clock.now(), cause, false);
    this.#pause(); // nothing else will ask when the next start may begin
  }

  #add(since: number, cause: Error, hasHung: boolean): void {
    this.#failures.add(since, this.#clock.now(), cause, hasHung);
    const first = this.#failures.brokenBy;
    if (first === null || this.#owner.isServed()) return;
    const isNews = !this.#isBroken;
    this.#isBroken = true;
    const message = `no ${this.#kind} can be started for the pool: ${first.message}`;
    this.#owner.broken(new TaskError('ERR_POOL_BROKEN', message, { cause: first }), isNews);
  }

  /** A member has started, or the options have changed: earlier failures do not count any more. */
  clear(): void {
    this.#failures.clear();
    this.#isBroken = false;
  }

  close(): void {
    if (this.#pauseAlarm !== null) this.#alarms.cancel(this.#pauseAlarm);
    this.#pauseAlarm = null;
  }
}
