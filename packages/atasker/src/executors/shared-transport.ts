import { noContext } from '../clock.ts';
import type { QueueSeat } from '../role.ts';
import {
  ENDED,
  kindOf,
  MOST_THREADS,
  ownerOf,
  SENT,
  stateOf,
  wake,
  wakeOne,
  type RunQueue,
} from '../run-queue/memory.ts';
import { bury, closeSlot, currentRun, holdsSlot, lower, nextTaken, openSlot } from '../run-queue/publisher.ts';
import type { Address } from '../call.ts';
import type { TaskHandle } from '../task.ts';
import type { Hold, Holds, Left } from './holds.ts';
import type { PoolMember } from './member.ts';
import { RunTable } from './run-table.ts';
import { SharedResults } from './shared-results.ts';
import { SharedWindow, type WindowHost } from './shared-window.ts';
import type { Transport } from './transport.ts';

/** What the pool has to do with what threads take by themselves. */
export interface SharedTransportHost extends WindowHost {
  /** The function of a task has begun, which nobody has told. */
  started(task: TaskHandle, at: number): void;
  /** Calls back, and asks for one turn of the pump after it. */
  together(report: () => void): void;
}

/** Tasks wait in memory that all threads of the pool see (run-queue/memory.ts), and threads take them. */
export class SharedTransport implements Transport {
  readonly window: SharedWindow;
  readonly #host: SharedTransportHost;
  readonly #table = new RunTable();
  readonly #queue = this.#table.queue;
  readonly #results: SharedResults;
  readonly #definitions: ReadonlyMap<Address, number>;
  /** By their slots, from 1. */
  readonly #members: (PoolMember | null)[] = [null];
  readonly #freeSlots: number[] = [];

  constructor(host: SharedTransportHost) {
    const window = new SharedWindow(host, this.#table, () => this.#results.collect());
    this.#host = host;
    this.window = window;
    this.#definitions = window.definitions;
    this.#results = new SharedResults(this, this.#table);
  }

  get hasSeat(): boolean {
    return this.#freeSlots.length > 0 || this.#members.length <= MOST_THREADS;
  }

  get nextRun(): number {
    return nextTaken(this.#queue);
  }

  get idleCount(): number {
    let count = 0;
    for (const member of this.#members) if (member !== null && isIdle(member)) count += 1;
    return count;
  }

  get busyCount(): number {
    let count = 0;
    for (let slot = 1; slot < this.#members.length; slot += 1) if (currentRun(this.#queue, slot) !== 0) count += 1;
    return count;
  }

  get oldestIdle(): PoolMember | null {
    let oldest: PoolMember | null = null;
    for (const member of this.#members) {
      if (member === null || !isIdle(member)) continue;
      if (oldest === null || member.idleSince < oldest.idleSince) oldest = member;
    }
    return oldest;
  }

  join(): Holds {
    const slot = this.#freeSlots.pop() ?? this.#members.push(null) - 1;
    openSlot(this.#queue, slot);
    const definitions = [...this.#definitions.keys()]; // they are numbered in this order
    const seat = { memory: this.#queue.memory, slot, idPrefix: this.#host.idPrefix, definitions };
    return new SharedHolds(this, this.#table, seat);
  }

  joined(member: PoolMember): void {
    this.#members[member.holds.seat!.slot] = member;
    this.#results.listen();
  }

  rest(): void {
    // it takes the next task by itself
  }

  leave(): void {
    // its slot has been closed
  }

  gone({ seat }: Holds): void {
    const { slot } = seat!;
    this.#members[slot] = null;
    this.#freeSlots.push(slot);
    wakeOne(this.#queue); // it may have held what others wait for
  }

  hasRoomFor(): boolean {
    return false; // nothing is sent that has not been taken
  }

  takeIdle(): never {
    throw new Error('atasker: a task was sent to a thread that takes its tasks by itself');
  }

  memberOf({ place }: TaskHandle): PoolMember | null {
    return place === 0 ? null : this.memberAt(ownerOf(this.#queue, place));
  }

  startOf(task: TaskHandle): number | null {
    return this.#table.startOf(task);
  }

  /** Of those that have begun already it is told in a turn of its own, as of the others. */
  watchStarts(): void {
    const begun = this.#table.watchStarts();
    if (begun.length === 0) return;
    noContext.runInAsyncScope(() =>
      setImmediate(() => {
        for (const { task } of begun) {
          const at = this.#table.startOf(task);
          if (at !== null) this.#host.started(task, at);
        }
      }),
    );
  }

  memberAt(slot: number): PoolMember | null {
    return this.#members[slot] ?? null;
  }

  get mayCome(): boolean {
    return this.#members.some((member) => member !== null);
  }

  together(report: () => void): void {
    this.#host.together(report);
  }

  readArrived(): void {
    this.#results.readArrived();
  }

  close(): void {
    this.#results.close();
  }

  /** The runs that a thread which is no more has left. */
  bury(slot: number): Left[] {
    const left: Left[] = [];
    for (const run of bury(this.#queue, slot, this.#table.usedPlaces)) {
      const state = stateOf(this.#queue, run);
      if (state === ENDED && kindOf(this.#queue, run) !== SENT) {
        this.#results.read(run); // it has died just before it told
        continue;
      }
      const hold = this.#table.find(run);
      if (hold !== null) left.push({ hold, fate: this.#table.startOf(hold.task) === null ? 'handed' : 'begun' });
      this.#table.free(run);
    }
    this.readArrived();
    return left;
  }
}

/** Whether a member is ready and has nothing to do. */
function isIdle({ state, holds }: PoolMember): boolean {
  return state === 'idle' && holds.current === null;
}

/** What one thread has taken. */
class SharedHolds implements Holds {
  readonly seat: QueueSeat;
  readonly holdsMany = false;
  readonly #transport: SharedTransport;
  readonly #table: RunTable;
  readonly #queue: RunQueue;
  /** A child whose thread holds no slot any more: its slot is kept until its parent, which waits for it, goes on. */
  #kept: Hold | null = null;

  constructor(transport: SharedTransport, table: RunTable, seat: QueueSeat) {
    this.#transport = transport;
    this.#table = table;
    this.#queue = table.queue;
    this.seat = seat;
  }

  get current(): Hold | null {
    const run = currentRun(this.#queue, this.seat.slot);
    return run === 0 ? null : this.#table.find(run);
  }

  get isSuspended(): boolean {
    if (this.#table.suspended.size === 0) return false; // asked for at each call: what threads write is looked at only then
    return this.#table.suspended.has(currentRun(this.#queue, this.seat.slot));
  }

  get isEmpty(): boolean {
    return this.current === null;
  }

  of(task: TaskHandle): Hold | null {
    const { current } = this;
    return current?.task === task ? current : null;
  }

  find(run: number): Hold | null {
    return this.#table.find(run);
  }

  startOf({ task }: Hold): number | null {
    return this.#table.startOf(task);
  }

  add(task: TaskHandle): Hold {
    const hold = this.#table.find(task.place)!;
    hold.wasSent = true;
    return hold;
  }

  drop(hold: Hold): null {
    this.#table.drop(hold);
    return null; // it takes the next one by itself
  }

  took(): void {
    // nothing depends on it
  }

  recall(): void {
    // none waits there
  }

  release(hold: Hold): void {
    if (!hold.task.isChild) return;
    if (this.#kept === hold) return this.#letGo();
    lower(this.#queue, this.seat.slot, hold.number);
    wakeOne(this.#queue);
  }

  close(hold: Hold | null): boolean {
    const { slot } = this.seat;
    const dropped = this.current === null ? currentRun(this.#queue, slot) : 0;
    this.#keep(hold); // first, or others would take it
    const isClosed = closeSlot(this.#queue, slot, hold?.number ?? dropped);
    if (!isClosed && this.#kept !== null) this.#letGo();
    if (isClosed) wakeOne(this.#queue); // what it held is free for others
    return isClosed;
  }

  #keep(hold: Hold | null): void {
    if (hold?.task.isChild !== true || !holdsSlot(this.#queue, this.seat.slot)) return;
    this.#kept = hold;
    this.#transport.window.keepSlots(1);
  }

  #letGo(): void {
    this.#kept = null;
    this.#transport.window.keepSlots(-1);
  }

  wake(): void {
    wake(this.#queue, this.seat.slot);
  }

  readArrived(): void {
    this.#transport.readArrived();
  }

  bury(): readonly Left[] {
    this.#keep(this.current);
    return this.#transport.bury(this.seat.slot);
  }
}
