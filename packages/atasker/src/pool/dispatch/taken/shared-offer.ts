import type { Offer } from '../../../core/admission.ts';
import { limitFor, type Limits } from '../../../core/limits.ts';
import type { Priority } from '../../../core/priority.ts';
import { generated } from '../../../platform/methods.ts';
import { Int32Array, JSON, Map } from '../../../platform/primordials.ts';
import type { TaskArgs } from '../../../task/args.ts';
import type { Address } from '../../../task/call.ts';
import type { TaskHandle } from '../../../task/task.ts';
import { isEncoded, writeEncoded } from '../../../wire/bytes.ts';
import { exactArgs } from '../../../wire/exact-text.ts';
import { encodeArgs, onlyText, packArgs, Packed, takeForMemory } from '../../../wire/values.ts';
import type { Block } from '../../run-queue/arena.ts';
import { blockText, writeBlockText } from '../../run-queue/block-text.ts';
import {
  APART,
  canTake,
  describe,
  FETCH,
  fits,
  HOLDS_ON,
  OWN_HEAD,
  ownerOf,
  RING,
  RINGS,
  ringOf,
  running,
  TELL_START,
  TEXT_APART,
  writeNumber,
  writeText,
  type RunNumber,
  type RunQueue,
} from '../../run-queue/memory.ts';
import { fitsBesidePlace, writeHead } from '../../run-queue/place.ts';
import {
  findHead,
  lower,
  publish,
  raise,
  readyRuns,
  setBehind,
  setLimits,
  setOwn,
  withdraw,
} from '../../run-queue/publisher.ts';
import { wakeForNew, wakeOne } from '../../run-queue/wake.ts';
import { hasOwnHead } from '../own-head.ts';
import type { RunTable } from './run-table.ts';
import { WrittenArgs } from './written-args.ts';

/** What the offer needs from its pool. */
export interface OfferOwner {
  /** The prefix of the ids of the pool's tasks. */
  readonly idPrefix: string;
  /** Whether threads are to take this task. */
  accepts(task: TaskHandle): boolean;
  /** Whether somebody has to hear of the start of this task at once. */
  wantsStart(task: TaskHandle): boolean;
  /** From now on this number names the definition. */
  defined(definition: number, address: Address): void;
}

/** Arguments in a block of the arena, and the flag that says in which form they are there. */
interface Placed {
  readonly flag: typeof APART | typeof TEXT_APART;
  readonly block: Block;
  readonly size: number;
}

function placed(flag: Placed['flag'], block: Block | null, size: number): Placed | null {
  return block === null ? null : { flag, block, size };
}

/** The tasks in the run queue, which wait for threads to take them. */
export class SharedOffer implements Offer<TaskHandle> {
  readonly isOneLine = false;
  readonly #owner: OfferOwner;
  readonly #table: RunTable;
  readonly #queue: RunQueue;
  /** Frees entries of runs that have ended, if there are any. */
  readonly #makeRoom: () => void;
  /** Sends the arguments of a run ahead if they cannot be written into shared memory. */
  readonly #offer: (task: TaskHandle, run: RunNumber) => void;
  readonly definitions = new Map<Address, number>();
  #ownRunning = 0;
  #kept = 0;
  /** Whether tasks have been published for which no thread has been woken. */
  #isNew = false;
  /** The rings behind which more tasks wait in the backlog, as bits. */
  #behind = 0;
  /** Where each ring ends, and where it began at the last look. */
  readonly #tails = new Int32Array(RINGS);
  readonly #heads = new Int32Array(RINGS);

  constructor(
    owner: OfferOwner,
    table: RunTable,
    makeRoom: () => void,
    offer: (task: TaskHandle, run: RunNumber) => void,
  ) {
    this.#owner = owner;
    this.#table = table;
    this.#queue = table.queue;
    this.#makeRoom = makeRoom;
    this.#offer = offer;
  }

  get running(): number {
    return running(this.#queue, 1) - this.#ownRunning;
  }

  /** Whether tasks wait behind a ring, in the backlog. */
  get holdsBack(): boolean {
    return this.#behind !== 0;
  }

  setLimits(limits: Limits): void {
    setLimits(this.#queue, (priority) => limitFor(priority, limits));
    wakeOne(this.#queue);
  }

  setOwnRunning(count: number): void {
    this.#ownRunning = count;
    this.#setOwn();
  }

  /** One slot more, or one less, is in use that no thread holds. */
  keepSlots(change: 1 | -1): void {
    this.#kept += change;
    this.#setOwn();
  }

  #setOwn(): void {
    setOwn(this.#queue, this.#ownRunning + this.#kept);
    wakeOne(this.#queue);
  }

  publish(task: TaskHandle, first: boolean): boolean {
    if (!this.#owner.accepts(task)) return false;
    const ring = ringOf(task.priority, first);
    if (!this.#hasRoom(ring)) return false;
    if (!this.#table.hasRoom) this.#makeRoom();
    if (!this.#table.hasRoom) return false;
    const run = this.#table.add(task);
    this.#describe(run, task);
    publish(this.#queue, ring, this.#tails[ring]!, run);
    this.#tails[ring] = (this.#tails[ring]! + 1) | 0;
    this.#isNew = true;
    return true;
  }

  /** The lanes of the backlog are numbered as the rings are, so the bits are the same. */
  holdBack(lanes: number): void {
    if (lanes === this.#behind) return;
    const isLess = (this.#behind & ~lanes) !== 0;
    this.#behind = lanes;
    setBehind(this.#queue, lanes);
    if (isLess && canTake(this.#queue)) wakeOne(this.#queue);
  }

  /** Wakes one thread, which is enough: a thread that takes a task wakes the next one. */
  published(): void {
    if (this.#isNew) wakeForNew(this.#queue);
    this.#isNew = false;
  }

  /**
   * Takes the arguments of a call. If the task is likely to be published at once, they are written into a block right
   * away.
   */
  take(args: readonly unknown[]): TaskArgs {
    const taken = takeForMemory(args);
    if (!isEncoded(taken)) return taken;
    const { arena } = this.#table;
    const block = this.#behind === 0 && this.#table.hasRoom ? arena.take(taken.size) : null;
    return new WrittenArgs(taken, arena, block);
  }

  /** Threads move the heads all the time, so a head is read only if the ring seems to be full. */
  #hasRoom(ring: number): boolean {
    if (((this.#tails[ring]! - this.#heads[ring]!) | 0) < RING) return true;
    this.#heads[ring] = findHead(this.#queue, ring);
    return ((this.#tails[ring]! - this.#heads[ring]!) | 0) < RING;
  }

  /**
   * Fills the entry. Arguments that are too much for it go into the arena; arguments that cannot are sent to threads
   * that may take the run, or fetched.
   */
  #describe(run: RunNumber, task: TaskHandle): void {
    const { args, sequence } = task;
    const address = task.target.address!;
    const isOwn = hasOwnHead(task, this.#owner.idPrefix);
    const isNumber = typeof args === 'number' && isOwn;
    const isPlain = isNumber || (typeof args === 'string' && isOwn && fits(args));
    const carried = isPlain ? 0 : this.#carry(run, task, isOwn);
    const flags = carried | (this.#owner.wantsStart(task) ? TELL_START : 0) | (task.isChild ? HOLDS_ON : 0);
    describe(this.#queue, run, {
      definition: this.#define(address),
      flags,
      sequence: isOwn ? (sequence as number) : 0,
    });
    if (isNumber) writeNumber(this.#queue, run, args);
    else if (isPlain) writeText(this.#queue, run, args as string);
  }

  /** Puts the arguments into a block or sends them ahead; returns the flags that say how the arguments come. */
  #carry(run: RunNumber, task: TaskHandle, isOwn: boolean): number {
    const head = isOwn ? '' : JSON.stringify([task.id, task.name]);
    const place = fitsBesidePlace(head) ? this.#place(task) : null;
    if (place === null) {
      this.#offer(task, run);
      return FETCH;
    }
    this.#table.refer(run, place.block, place.size);
    if (!isOwn) writeHead(this.#queue, run, head);
    return place.flag | (isOwn ? 0 : OWN_HEAD);
  }

  /** The arguments in a block; null if there is no memory for a block, or if the arguments can only be sent. */
  #place({ args }: TaskHandle): Placed | null {
    const { arena } = this.#table;
    if (args instanceof WrittenArgs) return placed(APART, args.lend(), args.size);
    const json = typeof args === 'number' ? exactArgs([args]) : typeof args === 'string' ? args : null;
    const text = json ?? (args instanceof Packed ? onlyText(args) : null);
    if (text !== null) {
      const written = blockText(text, json !== null);
      const block = arena.take(written.size);
      if (block !== null) writeBlockText(block.bytes, written);
      return placed(TEXT_APART, block, written.size);
    }
    const packed = typeof args === 'number' ? packArgs([args], 'thread') : args;
    const encoded = packed instanceof Packed ? encodeArgs(packed) : null;
    if (encoded === null) return null;
    const block = arena.take(encoded.size);
    if (block !== null) writeEncoded(encoded, block.bytes);
    return placed(APART, block, encoded.size);
  }

  #define(address: Address): number {
    const known = this.definitions.get(address);
    if (known !== undefined) return known;
    const definition = this.definitions.size;
    this.definitions.set(address, definition);
    this.#owner.defined(definition, address);
    return definition;
  }

  withdraw({ runNumber }: TaskHandle): boolean {
    if (runNumber === 0 || !withdraw(this.#queue, runNumber)) return false;
    this.#table.giveBack(runNumber);
    this.#table.free(runNumber);
    return true;
  }

  isTaken({ runNumber }: TaskHandle): boolean {
    return runNumber !== 0 && ownerOf(this.#queue, runNumber) !== 0;
  }

  suspend({ runNumber }: TaskHandle): void {
    this.#table.suspended.add(runNumber);
    lower(this.#queue, ownerOf(this.#queue, runNumber), runNumber);
    wakeOne(this.#queue);
  }

  resume({ runNumber }: TaskHandle): void {
    this.#table.suspended.delete(runNumber);
    raise(this.#queue, ownerOf(this.#queue, runNumber), runNumber);
  }

  mayHave(priority: Priority): boolean {
    return this.#table.counts[priority] > 0;
  }

  entries(priority: Priority, first: boolean): Iterable<TaskHandle> {
    return generated(this.#entries(priority, first));
  }

  *#entries(priority: Priority, first: boolean): Generator<TaskHandle> {
    for (const run of readyRuns(this.#queue, ringOf(priority, first))) {
      const assignment = this.#table.find(run);
      if (assignment !== null) yield assignment.task;
    }
  }
}
