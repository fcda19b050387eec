import type { Alarm, Alarms, Clock } from '../../../common/clock.ts';
import type { Offer } from '../../../core/admission.ts';
import { limitFor, mayStart, type Limits } from '../../../core/limits.ts';
import { PRIORITIES, type Priority } from '../../../core/priority.ts';
import { arraySome, each, generated } from '../../../platform/methods.ts';
import { Error } from '../../../platform/primordials.ts';
import type { TaskHandle } from '../../../task/task.ts';
import { MOST_PREFETCHED } from '../../channels/boot/claims.ts';
import { fitsLine } from '../../channels/lines.ts';
import { ByteArgs, Packed } from '../../../wire/values.ts';
import type { PoolMember } from '../../member/member.ts';
import { hasOwnHead } from '../own-head.ts';
import { sizeOf, type PrefetchCounts, type SentAssignments } from './sent-assignments.ts';

/**
 * Budget in ms for the current task of a process and all tasks prefetched to it, estimated from the mean run time of
 * their functions there.
 */
const MOST_AHEAD_MS = 1;

/**
 * Maximum size of the arguments of all tasks prefetched to a process, in characters or bytes: what is sent later has to
 * wait until they have been read.
 */
const MOST_AHEAD_SIZE = 262_144;

/** As many prefetched tasks keep a member busy until it can be sent more. */
const MANY = 4;

/** Time in ms between two looks at the members. A current task that both looks see holds up the tasks behind it. */
const HELD_UP_MS = 2;

/** What prefetching needs from its pool. */
export interface PrefetchOwner {
  /** The prefix of the ids of the pool's tasks. */
  readonly idPrefix: string;
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** Whether a task runs in the members of this pool at all. */
  accepts(task: TaskHandle): boolean;
  /** The current task of this member should have begun by now. */
  isDue(member: PoolMember, task: TaskHandle): void;
  /** How long a member may take to answer, in milliseconds. */
  patienceMs(): number;
}

/** The members, as the dispatch knows them. */
export interface PrefetchMembers {
  readonly all: Iterable<SentAssignments>;
  idleCount(): number;
  readonly counts: PrefetchCounts;
}

/**
 * Sends short tasks to busy members, so that a member need not wait for the pool between two tasks. A prefetched task
 * still waits, and holds no slot. It is taken back when the task before it turns out to be long, or when something more
 * urgent comes. The member claims each prefetched task before it begins (pool/channels/boot/claims.ts): a task that was
 * taken back never runs there.
 */
export class Prefetch implements Offer<TaskHandle> {
  readonly isOneLine = true;
  /** Always 0: a prefetched task that begins takes over the slot of the task before it. */
  readonly running = 0;
  readonly #owner: PrefetchOwner;
  readonly #members: PrefetchMembers;
  #limits: Limits | null = null;
  #ownRunning = 0;
  #alarm: Alarm | null = null;

  constructor(owner: PrefetchOwner, members: PrefetchMembers) {
    this.#owner = owner;
    this.#members = members;
  }

  setLimits(limits: Limits): void {
    this.#limits = limits;
    this.#keepToLimits();
  }

  setOwnRunning(count: number): void {
    this.#ownRunning = count;
    this.#keepToLimits();
  }

  publish(task: TaskHandle, isChild: boolean): boolean {
    const { priority } = task;
    if (!this.#owner.accepts(task)) return false;
    if (this.#members.idleCount() > 0 && mayStart(priority, this.#ownRunning, this.#limits!)) return false;
    if (this.#takeBackBelow(priority) || isChild || !this.#isEntitled(priority) || !this.#isLight(task)) return false;
    const assignments = this.#roomiest(task);
    if (assignments === null) return false;
    assignments.addPrefetched(task, assignments.member!.runs.knowledge.numberOf(task.target.address!)!);
    return true;
  }

  published(): void {
    for (const assignments of this.#members.all) {
      if (assignments.batch === '') continue;
      const { batch: runs, batchOthers: others } = assignments;
      assignments.batch = '';
      assignments.batchOthers = [];
      assignments.most = assignments.prefetched.length;
      assignments.member!.runs.prepare({ type: 'prefetch', idPrefix: this.#owner.idPrefix, runs, others });
      this.#watch();
    }
  }

  /**
   * Whether the task fits into one short line, because the member can derive its id and its name, and its arguments are
   * short. Other tasks are sent when it is their turn.
   */
  #isLight(task: TaskHandle): boolean {
    const { args } = task;
    if (!hasOwnHead(task, this.#owner.idPrefix)) return false;
    return typeof args === 'string' ? fitsLine(args) : args instanceof ByteArgs || args instanceof Packed;
  }

  /** Whether a task of this priority may follow a task that runs now. */
  #isEntitled(priority: Priority): boolean {
    return this.#ownRunning - 1 < limitFor(priority, this.#limits!);
  }

  /** The member that would begin this task first; null if no member is to have it now. */
  #roomiest(task: TaskHandle): SentAssignments | null {
    let roomiest: SentAssignments | null = null;
    const mostSize = MOST_AHEAD_SIZE - sizeOf(task);
    for (const assignments of this.#members.all) {
      if (!assignments.takesMore || !hasRoom(assignments) || assignments.expectedWith(task) > MOST_AHEAD_MS) continue;
      if (assignments.prefetchedSize > mostSize) continue;
      if (roomiest === null || assignments.prefetchedMs < roomiest.prefetchedMs) roomiest = assignments;
    }
    return roomiest;
  }

  /** Takes back the prefetched tasks of lower priorities; true if there are any. */
  #takeBackBelow(priority: Priority): boolean {
    let isAny = false;
    for (const lower of each(PRIORITIES)) {
      if (lower === priority) break;
      if (this.#members.counts[lower] === 0) continue;
      isAny = true;
      this.#takeBackAll(lower);
    }
    return isAny;
  }

  /** Takes back the prefetched tasks that could break a limit when their turn comes. */
  #keepToLimits(): void {
    for (const priority of each(PRIORITIES)) {
      if (this.#members.counts[priority] > 0 && !this.#isEntitled(priority)) this.#takeBackAll(priority);
    }
  }

  #takeBackAll(priority: Priority): void {
    for (const assignments of this.#members.all) {
      if (arraySome(assignments.prefetched, ({ task }) => task.priority === priority)) assignments.takeBack();
    }
  }

  #watch(): void {
    this.#alarm ??= this.#owner.alarms.at(this.#owner.clock.now() + HELD_UP_MS, () => {
      this.#alarm = null;
      for (const assignments of this.#members.all) if (assignments.prefetched.length > 0) this.#look(assignments);
    });
  }

  #look(assignments: SentAssignments): void {
    this.#watch();
    const { current, member } = assignments;
    const now = this.#owner.clock.now();
    if (current !== null && current === assignments.seen) {
      assignments.takeBack();
      if (current.task.timeStarted === null) this.#owner.isDue(member!, current.task);
    }
    assignments.seen = current;
    if (!assignments.isTakenBack) return;
    assignments.takenBackAt ||= now;
    if (now - assignments.takenBackAt > this.#owner.patienceMs()) member!.lose(new Error('it does not answer'));
  }

  /** Stops the looks: nothing is to be waited for. */
  close(): void {
    if (this.#alarm !== null) this.#owner.alarms.cancel(this.#alarm);
    this.#alarm = null;
  }

  move(task: TaskHandle, priority: Priority): boolean {
    for (const assignments of this.#members.all) {
      if (!arraySome(assignments.prefetched, (assignment) => assignment.task === task)) continue;
      task.priority = priority;
      assignments.takeBack();
      return true;
    }
    return false;
  }

  mayHave(priority: Priority): boolean {
    return this.#members.counts[priority] > 0;
  }

  entries(priority: Priority, isChild: boolean): Iterable<TaskHandle> {
    return generated(this.#entries(priority, isChild));
  }

  *#entries(priority: Priority, isChild: boolean): Generator<TaskHandle> {
    if (isChild || this.#members.counts[priority] === 0) return;
    for (const { prefetched } of this.#members.all) {
      for (const { task } of each(prefetched)) if (task.priority === priority) yield task;
    }
  }
}

/**
 * Whether more tasks are to be prefetched to this member. To send many at a time costs less, so a member with many gets
 * more only when half of those that it had after the last message are left.
 */
function hasRoom({ prefetched: { length }, most, batch }: SentAssignments): boolean {
  return length < MOST_PREFETCHED && (batch !== '' || most < MANY || length <= most / 2);
}
