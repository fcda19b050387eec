import type { Alarm, Alarms, Clock } from '../../common/clock.ts';
import { TaskError } from '../../common/errors.ts';
import { Map } from '../../platform/primordials.ts';
import type { MemberKind } from '../channels/channel.ts';
import type { PoolMember } from '../member/member.ts';
import { StartFailures } from './start-failures.ts';

/** What the starts of a pool need of it. */
export interface StartsHost {
  /** Whether a member lives that takes tasks, now or when its task is over. */
  isServed(): boolean;
  /** No member can be started, and none lives: what waits fails with this. `isNews` the first time in one outage. */
  broken(error: Error, isNews: boolean): void;
  /** The pause after a failure is over. */
  pauseIsOver(): void;
}

/** The starts of the members of a pool: which are under way, when the next may begin, and what follows if they fail. */
export class Starts {
  readonly #kind: MemberKind['name'];
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #host: StartsHost;
  readonly #failures = new StartFailures();
  /** Since when each start has been under way. */
  readonly #underWay = new Map<PoolMember, number>();
  #pauseAlarm: Alarm | null = null;
  #isBroken = false;

  constructor(kind: MemberKind['name'], clock: Clock, alarms: Alarms, host: StartsHost) {
    this.#kind = kind;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#host = host;
  }

  /** How many are under way. */
  get count(): number {
    return this.#underWay.size;
  }

  /** Whether one may begin now. If not, the pool is told when it may. */
  get mayBegin(): boolean {
    if (this.#clock.now() >= this.#failures.pauseUntil) return true;
    this.#pause();
    return false;
  }

  #pause(): void {
    this.#pauseAlarm ??= this.#alarms.at(this.#failures.pauseUntil, () => {
      this.#pauseAlarm = null;
      this.#host.pauseIsOver();
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

  /** A start is over that was to go on; nothing happens if nobody waits for it. */
  failed(member: PoolMember, cause: Error, hasHung: boolean): void {
    const since = this.#underWay.get(member);
    if (since === undefined) return;
    this.#underWay.delete(member);
    this.#add(since, cause, hasHung);
  }

  /** A start could not even begin. */
  couldNotBegin(cause: Error): void {
    this.#add(this.#clock.now(), cause, false);
    this.#pause(); // nothing else will ask when the next one may begin
  }

  #add(since: number, cause: Error, hasHung: boolean): void {
    this.#failures.add(since, this.#clock.now(), cause, hasHung);
    const first = this.#failures.brokenBy;
    if (first === null || this.#host.isServed()) return;
    const isNews = !this.#isBroken;
    this.#isBroken = true;
    const message = `no ${this.#kind} can be started for the pool: ${first.message}`;
    this.#host.broken(new TaskError('ERR_POOL_BROKEN', message, { cause: first }), isNews);
  }

  /** One has started, or the options have changed: what failed before does not count any more. */
  clear(): void {
    this.#failures.clear();
    this.#isBroken = false;
  }

  close(): void {
    if (this.#pauseAlarm !== null) this.#alarms.cancel(this.#pauseAlarm);
    this.#pauseAlarm = null;
  }
}
