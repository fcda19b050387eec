import type { Priority } from '../../../core/priority.ts';
import {
  arrayAt,
  arrayFind,
  arrayIndexOf,
  arrayMap,
  arrayPush,
  arrayReversed,
  arraySplice,
} from '../../../platform/methods.ts';
import { Map, Math } from '../../../platform/primordials.ts';
import type { Address } from '../../../task/call.ts';
import type { TaskHandle } from '../../../task/task.ts';
import type { Channel } from '../../channels/channel.ts';
import { prefetchLine } from '../../channels/lines.ts';
import type { Assignment, Assignments, Left } from '../../member/assignments.ts';
import type { PoolMember } from '../../member/member.ts';

/** What can be prefetched. */
interface PrefetchableTask {
  readonly sequence: number;
  readonly args: string;
}

/** A task that a member has been sent before its turn. */
interface PrefetchedAssignment extends Assignment {
  /** How long it will take, by what tasks of its kind have taken. */
  readonly expectedMs: number;
}

/** How many tasks of each priority are prefetched, in all members of a pool. */
export type PrefetchCounts = Record<Priority, number>;

/** So much does the last task of a kind count in what the next one is expected to take. */
const NEWS = 1 / 8;

/** What takes longer is just long: a short task that was held up once is soon known as short again. */
const LONG_MS = 1;

/** The tasks that a member was sent: the one that it has, and those that it begins by itself after that. */
export class SentAssignments implements Assignments {
  readonly access = null;
  readonly holdsMany = false;
  member: PoolMember | null = null;
  current: Assignment | null = null;
  /** In the order in which they begin. */
  readonly prefetched: PrefetchedAssignment[] = [];
  /** The lines of those that have not been posted yet. */
  batch = '';
  /** Whether it is being sent more: until there are as many as there may be, and again when half of them are left. */
  isFilling = true;
  /** How long the prefetched tasks will take. */
  prefetchedMs = 0;
  /** Whether the prefetched tasks have been asked back, until the current one is over. */
  isTakenBack = false;
  /** When that was seen, in monotonic milliseconds. */
  takenBackAt = 0;
  /** The current one at the last look. */
  seen: Assignment | null = null;
  /** How long tasks take here by their definitions, in milliseconds: those that did well, and said it by a line. */
  readonly #pace = new Map<Address, number>();
  #runs = 0;
  readonly #memberOf: Map<TaskHandle, PoolMember>;
  readonly #counts: PrefetchCounts;

  constructor(memberOf: Map<TaskHandle, PoolMember>, counts: PrefetchCounts) {
    this.#memberOf = memberOf;
    this.#counts = counts;
  }

  get isSuspended(): boolean {
    return this.current !== null && !this.current.task.holdsSlot;
  }

  find(run: number): Assignment | null {
    if (this.current?.number === run) return this.current;
    return arrayFind(this.prefetched, ({ number }) => number === run) ?? null;
  }

  get isEmpty(): boolean {
    return this.current === null;
  }

  of(task: TaskHandle): Assignment | null {
    if (this.current?.task === task) return this.current;
    return arrayFind(this.prefetched, (assignment) => assignment.task === task) ?? null;
  }

  revoke({ number }: Assignment, channel: Channel): boolean | null {
    return channel.revoke(number);
  }

  add(task: TaskHandle): Assignment {
    this.current = this.#newHold(task);
    return this.current;
  }

  addPrefetched(task: TaskHandle, definition: number): void {
    const assignment = { ...this.#newHold(task), expectedMs: this.#paceOf(task) };
    arrayPush(this.prefetched, assignment);
    this.prefetchedMs += assignment.expectedMs;
    this.#counts[assignment.priority] += 1;
    const { sequence, priority, args } = task as TaskHandle & PrefetchableTask;
    this.batch += prefetchLine({ run: assignment.number, definition, sequence, priority, args });
  }

  #newHold(task: TaskHandle): Assignment {
    this.#memberOf.set(task, this.member!);
    return { task, number: ++this.#runs, priority: task.priority, wasSent: true };
  }

  /** Whether it can have more tasks prefetched, if they are short. */
  get takesMore(): boolean {
    const { current, member } = this;
    if (current === null || member === null || this.isTakenBack) return false;
    return member.state === 'busy' && !member.isSuspect && current.task.holdsSlot;
  }

  /** How long it will take in all if it has this one too; Infinity if that is not known. */
  expectedWith(task: TaskHandle): number {
    return this.prefetchedMs + this.#paceOf(this.current!.task) + this.#paceOf(task);
  }

  #paceOf({ target }: TaskHandle): number {
    return this.#pace.get(target.address!) ?? Infinity;
  }

  takeBack(): void {
    if (this.prefetched.length === 0 || this.isTakenBack) return;
    this.isTakenBack = true;
    this.takenBackAt = 0;
    this.member!.takeBack(this.prefetched[0]!, arrayAt(this.prefetched, -1)!);
  }

  took({ task: { target } }: Assignment, ms: number | null): void {
    const address = target.address!;
    if (ms === null) {
      this.#pace.delete(address);
      return;
    }
    const last = Math.min(ms, LONG_MS);
    const before = this.#pace.get(address) ?? last;
    this.#pace.set(address, before + (last - before) * NEWS);
  }

  drop(assignment: Assignment): Assignment | null {
    this.#memberOf.delete(assignment.task);
    if (this.current !== assignment) {
      this.#leaveLine(arrayIndexOf(this.prefetched, assignment as PrefetchedAssignment));
      return null;
    }
    this.current = this.#leaveLine(0);
    this.isTakenBack = false;
    return this.current;
  }

  #leaveLine(index: number): Assignment | null {
    if (index < 0 || index >= this.prefetched.length) return null;
    const assignment = arraySplice(this.prefetched, index, 1)[0];
    this.#counts[assignment!.priority] -= 1;
    this.prefetchedMs = this.prefetched.length === 0 ? 0 : this.prefetchedMs - assignment!.expectedMs; // sums of fractions drift
    return assignment!;
  }

  /** Those that were prefetched go back first, from the last to the first: each goes before all that wait. */
  bury(): readonly Left[] {
    const left: Left[] = arrayReversed(
      arrayMap(this.prefetched, (assignment) => ({ assignment, fate: 'untouched' as const })),
    );
    const { current } = this;
    if (current !== null)
      arrayPush(left, { assignment: current, fate: current.task.timeStarted === null ? 'handed' : 'begun' });
    return left;
  }
}
