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
import { sizeOfTaken, wireArgs, type ByteArgs, type Packed, type TakenArgs } from '../../../wire/values.ts';
import type { Channel } from '../../channels/channel.ts';
import { prefetchLine } from '../../channels/lines.ts';
import type { Assignment, Assignments, Left } from '../../conversations/run/assignments.ts';
import type { PoolMember } from '../../member/member.ts';

/** The fields of a task that can be prefetched. */
interface PrefetchableTask {
  readonly sequence: number;
  readonly args: string | ByteArgs | Packed;
}

/** A task that was sent to a member before its turn. */
interface PrefetchedAssignment extends Assignment {
  /** How long the task will take, in milliseconds, estimated from earlier calls of its function in this member. */
  readonly expectedMs: number;
  /** The size of its arguments, in characters or bytes. */
  readonly size: number;
}

/** How many tasks of each priority are prefetched, in all members of a pool. */
export type PrefetchCounts = Record<Priority, number>;

/** Weight of the latest run time in the mean run time of a function. */
const NEWS = 1 / 8;

/**
 * A longer run counts as this many milliseconds, so that a short task that was held up once is soon known as short
 * again.
 */
const LONG_MS = 1;

/**
 * The tasks that a member was sent: the current one, and the prefetched ones that the member begins by itself after it.
 */
export class SentAssignments implements Assignments {
  readonly access = null;
  readonly holdsMany = false;
  member: PoolMember | null = null;
  current: Assignment | null = null;
  /** The prefetched tasks, in the order in which they begin. */
  readonly prefetched: PrefetchedAssignment[] = [];
  /** The lines of the prefetched tasks that have not been posted yet. */
  batch = '';
  /** The arguments of these tasks that are no text. */
  batchOthers: TakenArgs[] = [];
  /** How many prefetched tasks the member had after the last message with such tasks. */
  most = 0;
  /** How long all prefetched tasks will take, in milliseconds. */
  prefetchedMs = 0;
  /** The size of the arguments of all prefetched tasks, in characters or bytes. */
  prefetchedSize = 0;
  /** Whether the prefetched tasks have been asked back, and the answer is open for one of them. */
  isTakenBack = false;
  /** When a look first saw that the tasks had been asked back, in monotonic milliseconds; 0 if none has. */
  takenBackAt = 0;
  /** The current assignment at the last look. */
  seen: Assignment | null = null;
  /**
   * The mean run time of each function in this member, in milliseconds, of tasks that completed and told it in a line.
   */
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
    this.current = this.#newAssignment(task);
    return this.current;
  }

  addPrefetched(task: TaskHandle, definition: number): void {
    const assignment = { ...this.#newAssignment(task), expectedMs: this.#paceOf(task), size: sizeOf(task) };
    arrayPush(this.prefetched, assignment);
    this.prefetchedMs += assignment.expectedMs;
    this.prefetchedSize += assignment.size;
    this.#counts[assignment.priority] += 1;
    const { sequence, priority, args: taken } = task as TaskHandle & PrefetchableTask;
    const args = wireArgs(taken);
    this.batch += prefetchLine({ run: assignment.number, definition, sequence, priority, args });
    if (typeof args !== 'string') arrayPush(this.batchOthers, args);
  }

  #newAssignment(task: TaskHandle): Assignment {
    this.#memberOf.set(task, this.member!);
    return { task, number: ++this.#runs, priority: task.priority };
  }

  /** Whether more tasks can be prefetched to this member, if they are short. */
  get takesMore(): boolean {
    const { current, member } = this;
    if (current === null || member === null || this.isTakenBack) return false;
    return member.state === 'busy' && !member.isSuspect && current.task.holdsSlot;
  }

  /**
   * How long the current and all prefetched tasks will take together with this one, in milliseconds; Infinity if
   * unknown.
   */
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
    this.member!.runs.takeBack(this.prefetched[0]!, arrayAt(this.prefetched, -1)!);
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
    // As long as the answer is open for one of them, no task that waits behind them may be sent: it would overtake them.
    this.isTakenBack &&= this.current !== null;
    return this.current;
  }

  #leaveLine(index: number): Assignment | null {
    if (index < 0 || index >= this.prefetched.length) return null;
    const assignment = arraySplice(this.prefetched, index, 1)[0];
    this.#counts[assignment!.priority] -= 1;
    this.prefetchedSize -= assignment!.size;
    this.prefetchedMs = this.prefetched.length === 0 ? 0 : this.prefetchedMs - assignment!.expectedMs; // floats drift
    return assignment!;
  }

  /**
   * The prefetched tasks are returned first, from the last to the first, because each goes back before all that wait.
   */
  bury(): readonly Left[] {
    const left = arrayReversed(arrayMap(this.prefetched, (assignment) => leftWith(assignment, 'untouched')));
    if (this.current !== null) arrayPush(left, leftWith(this.current, 'handed'));
    return left;
  }
}

/** A prefetched task may have begun too, if those before it were taken back and the process has not told so. */
function leftWith(assignment: Assignment, fate: 'untouched' | 'handed'): Left {
  return { assignment, fate: assignment.task.isStarted() ? 'begun' : fate };
}

/** The size of the arguments of a task that can be prefetched, in characters or bytes. */
export function sizeOf(task: TaskHandle): number {
  return sizeOfTaken((task as TaskHandle & PrefetchableTask).args);
}
