import type { Offer } from '../../core/admission.ts';
import { arrayAt, arrayIndexOf, arrayPop, arrayPush, arraySplice } from '../../platform/methods.ts';
import { Map, Set } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Assignments } from '../conversations/run/assignments.ts';
import type { PoolMember } from '../member/member.ts';
import type { Dispatch } from './dispatch.ts';
import { Prefetch, type PrefetchOwner } from './sent/prefetch.ts';
import { SentAssignments, type PrefetchCounts } from './sent/sent-assignments.ts';

/** Sends each task to a member that is ready, or to a busy member before its turn (prefetch). */
export class MessageDispatch implements Dispatch {
  readonly hasSeat = true;
  readonly nextRun = 0;
  readonly #prefetch: Prefetch | null;
  /** The idle members. The one that was used last is last and is used next, so that the first ones can be retired. */
  readonly #idle: PoolMember[] = [];
  readonly #memberOf = new Map<TaskHandle, PoolMember>();
  readonly #assignments = new Set<SentAssignments>();
  readonly #counts: PrefetchCounts = { low: 0, normal: 0, high: 0, critical: 0 };
  readonly #retire: (member: PoolMember) => void;

  /**
   * @param retire for a member that can no longer run the tasks that come now
   * @param prefetchOwner what prefetching needs from the pool; null if no task is to be prefetched
   */
  constructor(retire: (member: PoolMember) => void, prefetchOwner: PrefetchOwner | null) {
    this.#retire = retire;
    const idleCount = (): number => this.#idle.length;
    const members = { all: this.#assignments, counts: this.#counts, idleCount };
    this.#prefetch = prefetchOwner === null ? null : new Prefetch(prefetchOwner, members);
  }

  get offer(): Offer<TaskHandle> | null {
    return this.#prefetch;
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

  join(): Assignments {
    return new SentAssignments(this.#memberOf, this.#counts);
  }

  joined(member: PoolMember): void {
    const assignments = member.assignments as SentAssignments;
    assignments.member = member;
    this.#assignments.add(assignments);
  }

  rest(member: PoolMember): void {
    arrayPush(this.#idle, member);
  }

  leave(member: PoolMember): void {
    const index = arrayIndexOf(this.#idle, member);
    if (index >= 0) arraySplice(this.#idle, index, 1);
  }

  gone(assignments: Assignments): void {
    const { member } = assignments as SentAssignments;
    if (member !== null) this.leave(member);
    this.#assignments.delete(assignments as SentAssignments);
  }

  hasRoomFor(task: TaskHandle): boolean {
    for (;;) {
      const member = arrayAt(this.#idle, -1);
      if (member === undefined) return false;
      if (member.state !== 'idle') this.leave(member); // it is ending: a task has left something wrong there
      else if (!member.runs.knowledge.isTooOldFor(task.target.address!)) return true;
      else this.#retire(member); // the main file has more definitions than were evaluated there
    }
  }

  takeIdle(): PoolMember {
    return arrayPop(this.#idle)!;
  }

  memberOf(task: TaskHandle): PoolMember | null {
    return this.#memberOf.get(task) ?? null;
  }

  close(): void {
    this.#prefetch?.close();
  }
}
