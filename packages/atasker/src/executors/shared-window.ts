import { noContext } from '../clock.ts';
import type { Window } from '../core/admission.ts';
import { limitFor, type Limits } from '../core/limits.ts';
import type { Priority } from '../core/priority.ts';
import {
  canTake,
  describe,
  FETCH,
  fits,
  HOLDS_ON,
  ownerOf,
  RING,
  RINGS,
  ringOf,
  running,
  TELL_START,
  wakeOne,
  writeText,
  type RunNumber,
  type RunQueue,
} from '../run-queue/memory.ts';
import { findHead, lower, publish, raise, readyRuns, setLimits, setOwn, withdraw } from '../run-queue/publisher.ts';
import type { Address } from '../call.ts';
import type { TaskHandle } from '../task.ts';
import { hasOwnHead } from './own-head.ts';
import type { RunTable } from './run-table.ts';

/** What the window needs of its pool. */
export interface WindowHost {
  /** How the ids of its tasks begin. */
  readonly idPrefix: string;
  /** Whether a task is to be taken by threads. */
  accepts(task: TaskHandle): boolean;
  /** Whether somebody has to hear of the start of this task at once. */
  wantsStart(task: TaskHandle): boolean;
  /** A definition is named by this number from now on. */
  defined(definition: number, address: Address): void;
}

/** So many entries are published in one go before one more thread is woken. */
const WAKE_EVERY = 32;

/** Tasks that wait for threads to take them. */
export class SharedWindow implements Window<TaskHandle> {
  readonly isOneLine = false;
  readonly #host: WindowHost;
  readonly #table: RunTable;
  readonly #queue: RunQueue;
  /** Frees entries, if that can be. */
  readonly #makeRoom: () => void;
  readonly definitions = new Map<Address, number>();
  #ownRunning = 0;
  #kept = 0;
  #sinceWake = 0;
  /** Where each ring ends, and where it began when that was looked at last. */
  readonly #tails = new Int32Array(RINGS);
  readonly #heads = new Int32Array(RINGS);

  constructor(host: WindowHost, table: RunTable, makeRoom: () => void) {
    this.#host = host;
    this.#table = table;
    this.#queue = table.queue;
    this.#makeRoom = makeRoom;
  }

  get running(): number {
    return running(this.#queue, 1) - this.#ownRunning;
  }

  setLimits(limits: Limits): void {
    setLimits(this.#queue, (priority) => limitFor(priority, limits));
    wakeOne(this.#queue);
  }

  setOwnRunning(count: number): void {
    this.#ownRunning = count;
    this.#setOwn();
  }

  /** One slot more is in use, though no thread has it, or one less. */
  keepSlots(change: 1 | -1): void {
    this.#kept += change;
    this.#setOwn();
  }

  #setOwn(): void {
    setOwn(this.#queue, this.#ownRunning + this.#kept);
    wakeOne(this.#queue);
  }

  publish(task: TaskHandle, ahead: boolean): boolean {
    if (!this.#host.accepts(task)) return false;
    const ring = ringOf(task.priority, ahead);
    if (!this.#hasRoom(ring)) return false;
    if (!this.#table.hasRoom) this.#makeRoom();
    if (!this.#table.hasRoom) return false;
    const run = this.#table.add(task);
    this.#describe(run, task);
    publish(this.#queue, ring, this.#tails[ring]!, run);
    this.#tails[ring] = (this.#tails[ring]! + 1) | 0;
    this.#wakeSome();
    return true;
  }

  published(): void {
    // threads see each at once
  }

  /** Threads move the heads all the time, so they are looked at only if it seems that there is no room. */
  #hasRoom(ring: number): boolean {
    if (((this.#tails[ring]! - this.#heads[ring]!) | 0) < RING) return true;
    this.#heads[ring] = findHead(this.#queue, ring);
    return ((this.#tails[ring]! - this.#heads[ring]!) | 0) < RING;
  }

  /** What is too much for an entry is fetched by the thread that takes it. */
  #describe(run: RunNumber, task: TaskHandle): void {
    const { args, sequence } = task;
    const address = task.target.address!;
    const isOwn = hasOwnHead(task, this.#host.idPrefix);
    const isPlain = typeof args === 'string' && isOwn && fits(args);
    const flags =
      (isPlain ? 0 : FETCH) | (this.#host.wantsStart(task) ? TELL_START : 0) | (task.isChild ? HOLDS_ON : 0);
    describe(this.#queue, run, {
      definition: this.#define(address),
      flags,
      sequence: isOwn ? (sequence as number) : 0,
    });
    if (isPlain) writeText(this.#queue, run, args);
  }

  #define(address: Address): number {
    const known = this.definitions.get(address);
    if (known !== undefined) return known;
    const definition = this.definitions.size;
    this.definitions.set(address, definition);
    this.#host.defined(definition, address);
    return definition;
  }

  /**
   * A thread that is woken wakes the next one, so one is enough for what is called in one go. It may
   * fall asleep again before the last of that is called: so one look more when it is.
   */
  #wakeSome(): void {
    if (this.#sinceWake === 0) {
      wakeOne(this.#queue);
      noContext.runInAsyncScope(() => queueMicrotask(() => this.#lookAgain()));
    }
    this.#sinceWake = (this.#sinceWake + 1) % WAKE_EVERY;
  }

  #lookAgain(): void {
    this.#sinceWake = 0;
    if (canTake(this.#queue)) wakeOne(this.#queue);
  }

  withdraw({ place }: TaskHandle): boolean {
    if (place === 0 || !withdraw(this.#queue, place)) return false;
    this.#table.free(place);
    return true;
  }

  move(): boolean {
    return false; // what is here has been taken
  }

  isTaken({ place }: TaskHandle): boolean {
    return place !== 0 && ownerOf(this.#queue, place) !== 0;
  }

  suspend({ place }: TaskHandle): void {
    this.#table.suspended.add(place);
    lower(this.#queue, ownerOf(this.#queue, place), place);
    wakeOne(this.#queue);
  }

  resume({ place }: TaskHandle): void {
    this.#table.suspended.delete(place);
    raise(this.#queue, ownerOf(this.#queue, place), place);
  }

  mayHave(priority: Priority): boolean {
    return this.#table.counts[priority] > 0;
  }

  *entries(priority: Priority, ahead: boolean): Generator<TaskHandle> {
    for (const run of readyRuns(this.#queue, ringOf(priority, ahead))) {
      const hold = this.#table.find(run);
      if (hold !== null) yield hold.task;
    }
  }
}
