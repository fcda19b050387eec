import type { Window } from '../../core/admission.ts';
import { arrayAt, arrayIndexOf, arrayPop, arrayPush, arraySplice } from '../../platform/methods.ts';
import { Map, Set } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Holds } from '../member/holds.ts';
import type { PoolMember } from '../member/member.ts';
import { SendAhead, type AheadHost } from './sent/send-ahead.ts';
import { SentHolds, type AheadCounts } from './sent/sent-holds.ts';
import type { Transport } from './transport.ts';

/** Each task is sent to a member that is ready, or to a busy one ahead of its turn. */
export class MessageTransport implements Transport {
  readonly #ahead: SendAhead | null;
  readonly hasSeat = true;
  readonly nextRun = 0;
  /** The one that was used last is on top, so that those on the bottom can go. */
  readonly #idle: PoolMember[] = [];
  readonly #memberOf = new Map<TaskHandle, PoolMember>();
  readonly #holds = new Set<SentHolds>();
  readonly #counts: AheadCounts = { low: 0, normal: 0, high: 0, critical: 0 };
  readonly #retire: (member: PoolMember) => void;

  /**
   * @param retire for a member that can no longer take what is asked of it
   * @param aheadHost for tasks that are sent ahead of their turn; null if none is to be
   */
  constructor(retire: (member: PoolMember) => void, aheadHost: AheadHost | null) {
    this.#retire = retire;
    const idleCount = (): number => this.#idle.length;
    const members = { all: this.#holds, counts: this.#counts, idleCount };
    this.#ahead = aheadHost === null ? null : new SendAhead(aheadHost, members);
  }

  get window(): Window<TaskHandle> | null {
    return this.#ahead;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  get busyCount(): number {
    const { low, normal, high, critical } = this.#counts;
    return this.#memberOf.size - low - normal - high - critical;
  }

  get oldestIdle(): PoolMember | null {
    return this.#idle[0] ?? null;
  }

  join(): Holds {
    return new SentHolds(this.#memberOf, this.#counts);
  }

  joined(member: PoolMember): void {
    const holds = member.holds as SentHolds;
    holds.member = member;
    this.#holds.add(holds);
  }

  rest(member: PoolMember): void {
    arrayPush(this.#idle, member);
  }

  leave(member: PoolMember): void {
    const index = arrayIndexOf(this.#idle, member);
    if (index >= 0) arraySplice(this.#idle, index, 1);
  }

  gone(holds: Holds): void {
    const { member } = holds as SentHolds;
    if (member !== null) this.leave(member);
    this.#holds.delete(holds as SentHolds);
  }

  hasRoomFor(task: TaskHandle): boolean {
    for (;;) {
      const member = arrayAt(this.#idle, -1);
      if (member === undefined) return false;
      if (member.state !== 'idle') this.leave(member); // it ends: something that a task has left there went wrong
      else if (!member.knowledge.isTooOldFor(task.target.address!)) return true;
      else this.#retire(member); // the main file has defined more since it was evaluated there
    }
  }

  takeIdle(): PoolMember {
    return arrayPop(this.#idle)!;
  }

  memberOf(task: TaskHandle): PoolMember | null {
    return this.#memberOf.get(task) ?? null;
  }

  startOf(): null {
    return null; // its message tells
  }

  watchStarts(): void {
    // each is told
  }

  close(): void {
    this.#ahead?.close();
  }
}
