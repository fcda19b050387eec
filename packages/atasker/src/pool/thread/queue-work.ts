import { systemClock } from '../../common/clock.ts';
import { JSON, Map } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';
import { decode, writeEncoded } from '../../wire/bytes.ts';
import type { CarriedArgs, TakenArgs } from '../../wire/values.ts';
import { resultBytes } from '../../wire/values.ts';
import type { QueueAccess } from '../channels/role.ts';
import { outputLength } from '../conversations/output/thread-end.ts';
import { Run, type RunOwner } from '../conversations/run/thread-end.ts';
import type { FromMember } from '../frames/frames.ts';
import type { OfferFrame } from '../frames/queue.ts';
import { referred } from '../run-queue/arena.ts';
import { blockText, readBlockText, writeBlockText } from '../run-queue/block-text.ts';
import {
  APART,
  BYTES_IN_BLOCK,
  definitionOf,
  FETCH,
  fits,
  flagsOf,
  IN_BLOCK,
  isPast,
  NOTHING,
  openRunQueue,
  OWN_HEAD,
  readValue,
  SENT,
  sequenceOf,
  tellsStart,
  TEXT_APART,
  writeInBlock,
  writeKind,
  writeNumber,
  writeSentBefore,
  writeText,
  type RunNumber,
  type RunQueue,
} from '../run-queue/memory.ts';
import { readHead } from '../run-queue/place.ts';
import { begin, end, newTaker, priorityOf, tellEnd, type Taker } from '../run-queue/taker.ts';
import { Puller, type PullerOwner } from './pull.ts';

/** What the runs of a queue need from their thread. */
export interface QueueWorkOwner extends RunOwner {
  readonly isBusy: boolean;
  address(definition: number): Address;
  isTooOldFor(address: Address): boolean;
  start(run: Run, args: TakenArgs): void;
  post(frame: FromMember): void;
}

/** The arguments that stand in these bytes as a text. */
function textArgs(bytes: Uint8Array): TakenArgs {
  const { text, isJson } = readBlockText(bytes, bytes.byteLength);
  return isJson ? text : { value: [text], marks: [] };
}

/**
 * Executes the runs that this thread takes from the run queue: reads their entries, and writes what becomes of them.
 */
export class QueueWork implements PullerOwner {
  readonly puller: Puller;
  readonly #queue: RunQueue;
  readonly #taker: Taker;
  readonly #idPrefix: string;
  readonly #owner: QueueWorkOwner;
  readonly #chunks: Map<number, SharedArrayBuffer>;
  readonly #offers = new Map<RunNumber, CarriedArgs>();
  /** How many outcomes have been sent over the channel so far. */
  #sent = 0;
  /** When the current run was taken, if it begins at once; else 0. */
  #takenAt = 0;
  /** Whether the thread waits for the arguments of the run that it has taken. */
  isFetching = false;
  /** Whether the thread has taken a run that only a newer thread can execute: then this thread will be retired. */
  isTooOld = false;

  constructor({ memory, seat, idPrefix, chunks }: QueueAccess, owner: QueueWorkOwner) {
    this.#chunks = new Map(chunks);
    this.#queue = openRunQueue(memory);
    this.#taker = newTaker(seat);
    this.#idPrefix = idPrefix;
    this.#owner = owner;
    this.puller = new Puller(this.#queue, this.#taker, this);
  }

  get isBusy(): boolean {
    return this.#owner.isBusy;
  }

  startTaken(now: number): void {
    const { run } = this.#taker;
    const address = this.#owner.address(definitionOf(this.#queue, run));
    this.isTooOld = this.#owner.isTooOldFor(address);
    if (this.isTooOld) return this.#owner.post({ type: 'tooOld', run });
    const flags = flagsOf(this.#queue, run);
    if ((flags & (APART | FETCH | TEXT_APART)) !== 0) return this.#startCarried(address, this.#carried(flags));
    this.#takenAt = now;
    this.#start(address, { id: null, name: null, args: readValue(this.#queue, run) });
    this.#takenAt = 0;
  }

  #start(address: Address, { id, name, args }: CarriedArgs): void {
    const { run } = this.#taker;
    const head = {
      run,
      id: id ?? this.#idPrefix + sequenceOf(this.#queue, run),
      name: name ?? address.name,
      priority: priorityOf(this.#taker),
    };
    this.#owner.start(new Run(head, address, this.#owner), args);
  }

  #startCarried(address: Address, carried: CarriedArgs | null): void {
    this.#forgetOffers();
    if (carried === null) this.#fetch(this.#taker.run);
    else this.#start(address, carried);
  }

  /** The arguments that have no room in the entry, with an id and a name; null if they have to be fetched. */
  #carried(flags: number): CarriedArgs | null {
    const { run } = this.#taker;
    if ((flags & FETCH) !== 0) {
      this.#readArrived();
      return this.#offers.get(run) ?? null;
    }
    const bytes = referred(this.#queue, run, this.#chunks) ?? this.#referredNow(run);
    if (bytes === null) return null;
    try {
      const head = this.#headOf(flags);
      return {
        id: head[0],
        name: head[1],
        args: (flags & TEXT_APART) === 0 ? (decode(bytes) as TakenArgs) : textArgs(bytes),
      };
    } catch {
      return null;
    }
  }

  #headOf(flags: number): [id: string | null, name: string | null] {
    if ((flags & OWN_HEAD) === 0) return [null, null];
    return JSON.parse(readHead(this.#queue, this.#taker.run)) as [string, string];
  }

  /** Reads the frames that have arrived and looks again: the chunk was named before the entry was published. */
  #referredNow(run: RunNumber): Uint8Array | null {
    this.#readArrived();
    return referred(this.#queue, run, this.#chunks);
  }

  /**
   * Reads the frames that have arrived. The thread has a run meanwhile, so if one of them is `retire`, it exits later.
   */
  #readArrived(): void {
    this.isFetching = true;
    this.#owner.readArrived();
    this.isFetching = false;
  }

  /** Names memory that entries may refer to; null if it is dropped. */
  named(chunk: number, memory: SharedArrayBuffer | null): void {
    if (memory === null) this.#chunks.delete(chunk);
    else this.#chunks.set(chunk, memory);
  }

  /** Keeps what belongs to a run that this thread may take. */
  offered({ run, id, name, args }: OfferFrame): void {
    this.#forgetOffers();
    this.#offers.set(run, { id, name, args });
  }

  /** Forgets offers of runs that other threads have taken, or that no thread will take. */
  #forgetOffers(): void {
    for (const run of this.#offers.keys()) {
      if (run !== this.#taker.run && isPast(this.#queue, run)) this.#offers.delete(run);
    }
  }

  /** Asks for the rest of this run, which comes over the channel. */
  #fetch(run: RunNumber): void {
    this.isFetching = true;
    this.#owner.post({ type: 'fetch', run });
  }

  /** Whether the pool is to be told at once that the run has begun. */
  get tellsStart(): boolean {
    return tellsStart(this.#queue, this.#taker.run);
  }

  /** Says that the run begins, and gives the time in monotonic milliseconds. Null: the run must not begin any more. */
  begin(): number | null {
    const at = this.#takenAt === 0 ? systemClock.now() : this.#takenAt; // 0: the run had to wait before
    this.isFetching = false;
    return begin(this.#queue, this.#taker, at) ? at : null;
  }

  /**
   * Leaves a result in the entry or in its block; false if the result has to be sent. `text` is its exact text, empty
   * for undefined, null if it has none.
   */
  complete(run: Run, text: string | null, result: unknown): boolean {
    if (run.hasSent || outputLength() > 0) return false;
    if (typeof result === 'number') writeNumber(this.#queue, run.number, result);
    else if (text === '') writeKind(this.#queue, run.number, NOTHING);
    else if (text !== null && fits(text)) writeText(this.#queue, run.number, text);
    else if (!this.#writeInBlock(run.number, text, result)) return false;
    writeSentBefore(this.#queue, run.number, this.#sent);
    end(this.#queue, this.#taker);
    tellEnd(this.#queue, run.number);
    return true;
  }

  /**
   * Writes a result into the block of the arguments, if it has room. The arguments have been copied out of the block
   * before.
   */
  #writeInBlock(run: RunNumber, json: string | null, result: unknown): boolean {
    if ((flagsOf(this.#queue, run) & (APART | TEXT_APART)) === 0) return false;
    const block = referred(this.#queue, run, this.#chunks, true);
    if (block === null) return false;
    const text = json ?? result;
    return typeof text === 'string'
      ? this.#writeText(run, block, text, json !== null)
      : this.#writeBytes(run, block, result);
  }

  #writeText(run: RunNumber, block: Uint8Array, text: string, isJson: boolean): boolean {
    if (text.length > block.byteLength) return false;
    const written = blockText(text, isJson);
    if (written.size > block.byteLength) return false;
    writeBlockText(block, written);
    writeInBlock(this.#queue, run, IN_BLOCK, written.size);
    return true;
  }

  /** Writes a result as bytes. False for a value that cannot cross: that is refused when it is sent. */
  #writeBytes(run: RunNumber, block: Uint8Array, result: unknown): boolean {
    const encoded = resultBytes(result);
    if (encoded === null || encoded.size > block.byteLength) return false;
    writeEncoded(encoded, block);
    writeInBlock(this.#queue, run, BYTES_IN_BLOCK, encoded.size);
    return true;
  }

  /** Sends the outcome of this run. An outcome that cannot be cloned is not sent, and does not count as sent. */
  send(run: RunNumber, post: () => void): void {
    this.#leave(run);
    post();
    this.#sent = (this.#sent + 1) | 0;
  }

  #leave(run: RunNumber): void {
    this.isFetching = false;
    writeKind(this.#queue, run, SENT);
    end(this.#queue, this.#taker);
  }

  /** Ends the run whose arguments the thread waits for: the run does not take place. */
  drop(): void {
    const { run } = this.#taker;
    this.#leave(run);
    tellEnd(this.#queue, run);
    this.puller.resume();
  }
}
