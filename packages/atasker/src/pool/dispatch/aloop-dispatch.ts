import { arrayMap, listOf } from '../../platform/methods.ts';
import { Map } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Channel } from '../channels/channel.ts';
import type { Assignment, Assignments, Left } from '../conversations/run/assignments.ts';
import type { PoolMember } from '../member/member.ts';
import type { Dispatch } from './dispatch.ts';

/** Sends every task to the one thread that serves the aloop, however many tasks the thread already has. */
export class AloopDispatch implements Dispatch {
  readonly offer = null;
  readonly hasSeat = true;
  readonly nextRun = 0;
  /** The thread of an aloop is never retired because it is idle. */
  readonly oldestIdle = null;
  readonly #tasks = new Map<TaskHandle, AloopAssignments>();
  readonly #retire: (member: PoolMember) => void;
  #serving: PoolMember | null = null;

  /** @param retire for a member that must take no further task, and ends after the tasks that it has */
  constructor(retire: (member: PoolMember) => void) {
    this.#retire = retire;
  }

  /** The thread that gets the tasks that come now; null if there is none. */
  get serving(): PoolMember | null {
    return this.#serving;
  }

  get idleCount(): number {
    return this.#serving !== null && this.#serving.state === 'idle' && this.#serving.assignments.isEmpty ? 1 : 0;
  }

  get busyCount(): number {
    return this.#tasks.size;
  }

  join(): Assignments {
    return new AloopAssignments(this.#tasks);
  }

  joined(member: PoolMember): void {
    (member.assignments as AloopAssignments).member = member;
  }

  rest(member: PoolMember): void {
    if (!(member.assignments as AloopAssignments).isLeft) this.#serving = member;
  }

  leave(member: PoolMember): void {
    (member.assignments as AloopAssignments).isLeft = true;
    if (this.#serving === member) this.#serving = null;
  }

  gone(assignments: Assignments): void {
    if (this.#serving?.assignments === assignments) this.#serving = null;
  }

  hasRoomFor(task: TaskHandle): boolean {
    const member = this.#serving;
    if (member === null || member.state !== 'idle') return false;
    if (member.runs.knowledge.isTooOldFor(task.target.address!)) member.suspect(); // the main file has defined more
    if (!member.isSuspect) return true;
    this.#retire(member);
    return false;
  }

  takeIdle(): PoolMember {
    return this.#serving!;
  }

  memberOf(task: TaskHandle): PoolMember | null {
    return this.#tasks.get(task)?.member ?? null;
  }

  close(): void {
    this.#serving = null;
  }
}

/** The tasks that were sent to one thread of an aloop, any number at a time. None of them is the current one. */
class AloopAssignments implements Assignments {
  readonly access = null;
  readonly current = null;
  readonly holdsMany = true;
  member: PoolMember | null = null;
  /** Whether another thread gets the tasks that come now. */
  isLeft = false;
  readonly #runs = new Map<number, Assignment>();
  readonly #byTask = new Map<TaskHandle, Assignment>();
  readonly #tasks: Map<TaskHandle, AloopAssignments>;
  #made = 0;

  constructor(tasks: Map<TaskHandle, AloopAssignments>) {
    this.#tasks = tasks;
  }

  /** Whether the thread serves no slot any more, because it takes no further task. */
  get isSuspended(): boolean {
    return this.isLeft || this.member!.isSuspect;
  }

  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  find(run: number): Assignment | null {
    return this.#runs.get(run) ?? null;
  }

  of(task: TaskHandle): Assignment | null {
    return this.#byTask.get(task) ?? null;
  }

  revoke({ number }: Assignment, channel: Channel): boolean | null {
    return channel.revoke(number);
  }

  add(task: TaskHandle): Assignment {
    const assignment = { task, number: ++this.#made, priority: task.priority };
    this.#runs.set(assignment.number, assignment);
    this.#byTask.set(task, assignment);
    this.#tasks.set(task, this);
    return assignment;
  }

  drop({ number, task }: Assignment): null {
    this.#runs.delete(number);
    this.#byTask.delete(task);
    this.#tasks.delete(task);
    return null;
  }

  close(): boolean {
    return this.isEmpty;
  }

  bury(): readonly Left[] {
    const fate = ({ task }: Assignment): Left['fate'] => (task.timeStarted === null ? 'handed' : 'begun');
    return arrayMap(listOf(this.#runs.values()), (assignment) => ({ assignment, fate: fate(assignment) }));
  }
}
