import { noContext } from '../../../common/clock.ts';
import {
  arrayFilter,
  arrayPop,
  arrayPush,
  arraySlice,
  arraySome,
  arraySum,
  each,
  listOf,
} from '../../../platform/methods.ts';
import { runInScope, setImmediate } from '../../../platform/node.ts';
import type { TaskArgs } from '../../../task/args.ts';
import type { Address } from '../../../task/call.ts';
import type { TaskHandle } from '../../../task/task.ts';
import { ByteArgs, carriedArgs, type Packed } from '../../../wire/values.ts';
import type { QueueAccess } from '../../channels/role.ts';
import type { Assignment, Assignments, Left } from '../../conversations/run/assignments.ts';
import { postableArgs } from '../../conversations/run/knowledge.ts';
import type { PoolMember } from '../../member/member.ts';
import { ENDED, kindOf, MOST_THREADS, ownerOf, SENT, stateOf, type RunQueue } from '../../run-queue/memory.ts';
import {
  bury,
  closeSeat,
  currentRun,
  holdsSlot,
  lower,
  nextTaken,
  openSeat,
  revoke,
} from '../../run-queue/publisher.ts';
import { isDamaged, oddities, type Known, type Oddities } from '../../run-queue/soundness.ts';
import { wake, wakeAnother, wakeOne } from '../../run-queue/wake.ts';
import type { Dispatch } from '../dispatch.ts';
import { hasOwnHead } from '../own-head.ts';
import type { WatchedMemory } from './memory-watch.ts';
import { RunTable, type Abandoned } from './run-table.ts';
import { SharedOffer, type OfferOwner } from './shared-offer.ts';
import { SharedResults } from './shared-results.ts';

/** What the shared dispatch needs from its pool. */
export interface SharedDispatchOwner extends OfferOwner {
  /** The function of a task has begun, and no frame has told that. */
  started(task: TaskHandle, at: number): void;
  /** Calls back, and asks for one turn of the pump after it. */
  together(report: () => void): void;
}

/** Tasks wait in the run queue (pool/run-queue/memory.ts), and threads take them by themselves. */
export class SharedDispatch implements Dispatch, WatchedMemory {
  readonly offer: SharedOffer;
  readonly #owner: SharedDispatchOwner;
  readonly #table = new RunTable((chunk, memory) => {
    for (const member of each(this.#members)) member?.runs.prepare({ type: 'chunk', chunk, memory });
  });
  readonly #queue = this.#table.queue;
  readonly #results: SharedResults;
  readonly #definitions: ReadonlyMap<Address, number>;
  /** The members by their seats, which count from 1; null if nobody has the seat. */
  readonly #members: (PoolMember | null)[] = [null];
  readonly #freeSeats: number[] = [];

  constructor(owner: SharedDispatchOwner) {
    const makeRoom = (): void => this.#results.collect();
    const offer = new SharedOffer(owner, this.#table, makeRoom, (task, run) => this.#offer(task, run));
    this.#owner = owner;
    this.offer = offer;
    this.#definitions = offer.definitions;
    this.#results = new SharedResults(this, this.#table);
  }

  take(args: readonly unknown[]): TaskArgs {
    return this.offer.take(args);
  }

  get hasSeat(): boolean {
    return this.#freeSeats.length > 0 || this.#members.length <= MOST_THREADS;
  }

  get nextRun(): number {
    return nextTaken(this.#queue);
  }

  wakeAnother(): void {
    wakeAnother(this.#queue);
  }

  get idleCount(): number {
    let count = 0;
    for (const member of each(this.#members)) if (member !== null && this.#isIdle(member)) count += 1;
    return count;
  }

  get busyCount(): number {
    let count = 0;
    for (let seat = 1; seat < this.#members.length; seat += 1) if (this.#isBusy(seat)) count += 1;
    return count;
  }

  get oldestIdle(): PoolMember | null {
    let oldest: PoolMember | null = null;
    for (const member of each(this.#members)) {
      if (member === null || !this.#isIdle(member)) continue;
      if (oldest === null || member.idleSince < oldest.idleSince) oldest = member;
    }
    return oldest;
  }

  /** Whether a member is ready and has nothing to do. */
  #isIdle({ state, assignments }: PoolMember): boolean {
    return state === 'idle' && !this.#isBusy(assignments.access!.seat);
  }

  /**
   * Whether a thread has a task, or still holds the slot of a child that has ended: in both cases it cannot be closed.
   */
  #isBusy(seat: number): boolean {
    return currentRun(this.#queue, seat) !== 0 || holdsSlot(this.#queue, seat);
  }

  join(): Assignments {
    const seat = arrayPop(this.#freeSeats) ?? this.#members.length;
    this.#members[seat] = null;
    openSeat(this.#queue, seat);
    const definitions = listOf(this.#definitions.keys()); // the definitions are numbered in this order
    const { named: chunks } = this.#table.arena;
    const access = { memory: this.#queue.memory, seat, idPrefix: this.#owner.idPrefix, definitions, chunks };
    return new SharedAssignments(this, this.#table, access);
  }

  joined(member: PoolMember): void {
    this.#members[member.assignments.access!.seat] = member;
    this.#results.listen();
  }

  gone({ access }: Assignments): void {
    const { seat } = access!;
    this.#members[seat] = null;
    arrayPush(this.#freeSeats, seat);
    wakeOne(this.#queue); // it may have held a slot that others wait for
  }

  memberOf({ runNumber }: TaskHandle): PoolMember | null {
    return runNumber === 0 ? null : this.memberAt(ownerOf(this.#queue, runNumber));
  }

  startOf(task: TaskHandle): number | null {
    return this.#table.startOf(task);
  }

  /** The starts of tasks that have already begun are reported in a turn of their own, as other starts are. */
  watchStarts(): void {
    const begun = this.#table.watchStarts();
    if (begun.length === 0) return;
    runInScope(noContext, () =>
      setImmediate(() => {
        for (const { task } of each(begun)) {
          const at = this.#table.startOf(task);
          if (at !== null) this.#owner.started(task, at);
        }
      }),
    );
  }

  /**
   * Sends arguments ahead, so that a thread that is idle has them when it takes the run, whatever the main thread does
   * then. It is not known which thread takes the run, so all of them get small arguments.
   */
  #offer(task: TaskHandle, run: number): void {
    const idle = arrayFilter(this.#members, (member) => member !== null && this.#isIdle(member));
    const args = postableArgs(task);
    const receivers = sizeOf(args) > MOST_OFFERED ? arraySlice(idle, 0, 1) : this.#members;
    if (idle.length === 0) return;
    const carried = carriedArgs(args, hasOwnHead(task, this.#owner.idPrefix) ? null : task);
    try {
      for (const member of each(receivers))
        if (member?.state === 'idle') member.runs.prepare({ type: 'offer', run, ...carried });
    } catch {
      // arguments that cannot be cloned are refused when the thread that takes the run asks for them
    }
  }

  memberAt(seat: number): PoolMember | null {
    return this.#members[seat] ?? null;
  }

  get mayCome(): boolean {
    return arraySome(this.#members, (member) => member !== null);
  }

  together(report: () => void): void {
    this.#owner.together(report);
  }

  readArrived(): void {
    this.#results.readArrived();
  }

  close(): void {
    this.#results.close();
  }

  get isInUse(): boolean {
    return !this.#table.isEmpty || this.offer.holdsBack;
  }

  catchUp(): void {
    this.#results.catchUp();
  }

  get isDamaged(): boolean {
    return isDamaged(this.#queue, this.#known);
  }

  oddities(): Oddities {
    return oddities(this.#queue, this.#known, this.#members.length - 1, this.#table.ends);
  }

  get #known(): Known {
    return { runs: this.#table.runs, isSeated: (seat) => this.memberAt(seat) !== null };
  }

  /** Forgets all runs: nothing in the shared memory counts any more. */
  abandon(): Abandoned {
    return this.#table.abandon();
  }

  /** Returns the runs that a thread has left which has exited. */
  bury(seat: number): Left[] {
    this.#results.collect(); // what the thread has told before comes first
    const left: Left[] = [];
    const begun: { readonly task: TaskHandle; readonly at: number }[] = [];
    for (const run of each(bury(this.#queue, seat, this.#table.usedPlaces))) {
      const state = stateOf(this.#queue, run);
      if (state === ENDED && kindOf(this.#queue, run) !== SENT) {
        this.#results.read(run); // the thread has died just before it told this
        continue;
      }
      const assignment = this.#table.find(run);
      if (assignment !== null) {
        this.#table.giveBack(run);
        const at = this.#table.startOf(assignment.task);
        if (at !== null) arrayPush(begun, { task: assignment.task, at });
        arrayPush(left, { assignment, fate: at === null ? 'handed' : 'begun' });
      }
      this.#table.free(run);
    }
    for (const { task, at } of each(begun)) this.#owner.started(task, at); // their entries do not say so any more
    this.readArrived();
    return left;
  }
}

/** Larger arguments are sent to one thread only; in characters of a text, or bytes of buffers. */
const MOST_OFFERED = 1_024 * 1_024;

function sizeOf(args: string | Packed | ByteArgs): number {
  if (typeof args === 'string') return args.length;
  if (args instanceof ByteArgs) return args.size;
  return arraySum(args.buffers, ({ byteLength }) => byteLength);
}

/** The tasks that one thread has taken. */
class SharedAssignments implements Assignments {
  readonly access: QueueAccess;
  readonly holdsMany = false;
  readonly #dispatch: SharedDispatch;
  readonly #table: RunTable;
  readonly #queue: RunQueue;
  /**
   * A child whose thread holds no slot any more. Its slot is kept until the parent, which waits for the child, goes on.
   */
  #kept: Assignment | null = null;

  constructor(dispatch: SharedDispatch, table: RunTable, access: QueueAccess) {
    this.#dispatch = dispatch;
    this.#table = table;
    this.#queue = table.queue;
    this.access = access;
  }

  get current(): Assignment | null {
    const run = currentRun(this.#queue, this.access.seat);
    return run === 0 ? null : this.#table.find(run);
  }

  get isSuspended(): boolean {
    if (this.#table.suspended.size === 0) return false; // called often, so shared memory is read only if need be
    return this.#table.suspended.has(currentRun(this.#queue, this.access.seat));
  }

  get isEmpty(): boolean {
    return this.current === null;
  }

  /** Decided by the word of the entry: a thread takes a task a little before it says which task is its current one. */
  of({ runNumber }: TaskHandle): Assignment | null {
    if (runNumber === 0 || ownerOf(this.#queue, runNumber) !== this.access.seat) return null;
    return stateOf(this.#queue, runNumber) === ENDED ? null : this.#table.find(runNumber);
  }

  find(run: number): Assignment | null {
    return this.#table.find(run);
  }

  startOf({ task }: Assignment): number | null {
    return this.#table.startOf(task);
  }

  revoke({ number, task }: Assignment): boolean {
    return revoke(this.#queue, number) || this.#table.startOf(task) === null;
  }

  add(task: TaskHandle): Assignment {
    return this.#table.find(task.runNumber)!;
  }

  drop(assignment: Assignment): null {
    this.#table.drop(assignment);
    return null; // the thread takes its next task by itself
  }

  giveBack({ number }: Assignment): void {
    this.#table.giveBack(number);
  }

  release(assignment: Assignment): void {
    if (!assignment.task.isChild) return;
    if (this.#kept === assignment) return this.#letGo();
    lower(this.#queue, this.access.seat, assignment.number);
    wakeOne(this.#queue);
  }

  close(assignment: Assignment | null): boolean {
    if (this.#table.isAbandoned) return true;
    const { seat } = this.access;
    const dropped = this.current === null ? currentRun(this.#queue, seat) : 0;
    this.#keep(assignment); // first, or other threads would take the slot
    const isClosed = closeSeat(this.#queue, seat, assignment?.number ?? dropped);
    if (!isClosed && this.#kept !== null) this.#letGo();
    if (isClosed) wakeOne(this.#queue); // the slot that it held is free for others
    return isClosed;
  }

  #keep(assignment: Assignment | null): void {
    if (assignment?.task.isChild !== true || !holdsSlot(this.#queue, this.access.seat)) return;
    this.#kept = assignment;
    this.#dispatch.offer.keepSlots(1);
  }

  #letGo(): void {
    this.#kept = null;
    this.#dispatch.offer.keepSlots(-1);
  }

  wake(): void {
    wake(this.#queue, this.access.seat);
  }

  readArrived(): void {
    this.#dispatch.readArrived();
  }

  bury(): readonly Left[] {
    this.#keep(this.current);
    return this.#dispatch.bury(this.access.seat);
  }
}
