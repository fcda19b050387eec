/**
 * Memory for arguments that have no room in an entry of the run queue. The publisher hands out blocks and writes them;
 * the thread that takes the run copies the arguments out of the block. The block is free when the entry is.
 *
 * The memory comes in chunks. Each chunk is named to all threads, over their channels, before an entry refers to it.
 */
import { arrayFilter, arrayMap, arrayPop, arrayPush, each, listOf } from '../../platform/methods.ts';
import { Map, Math, Set, SharedArrayBuffer, Uint8Array } from '../../platform/primordials.ts';
import type { RunNumber, RunQueue } from './memory.ts';
import { readPlace, writePlace, type Place } from './place.ts';

/**
 * Room of the smallest block in bytes. The rooms of blocks are powers of two, with some bytes more, so that a value of
 * 64 KB or 1 MB fits together with what is written before it.
 */
const SMALLEST = 1_024;
const EXTRA = 64;
/** Room of the largest block that shares its chunk with other blocks of its size. */
const LARGEST_SHARED = 64 * 1_024;
const SHARED_CHUNK = 256 * 1_024;
/** Maximum room of all chunks together, in bytes. */
export const MOST_BYTES = 256 * 1_024 * 1_024;
/** Maximum room of the chunks that are kept although all their blocks are free: those that were in use last. */
const MOST_IDLE_BYTES = 32 * 1_024 * 1_024;

/** A piece of memory for one value. */
export interface Block {
  readonly chunk: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A piece of memory that is cut into blocks of one size. */
interface Chunk {
  readonly number: number;
  readonly memory: SharedArrayBuffer;
  /** The room of each block, in bytes. */
  readonly room: number;
  readonly blocks: number;
  /** How many of its blocks are in use. */
  used: number;
}

/** Tells all threads of a new chunk; null if the chunk is dropped. */
export type TellChunk = (chunk: number, memory: SharedArrayBuffer | null) => void;

/** The publisher's side of the arena: which memory there is, and which blocks of it are free. */
export class Arena {
  readonly #tell: TellChunk;
  readonly #chunks = new Map<number, Chunk>();
  /** Free blocks, by their room. */
  readonly #free = new Map<number, Block[]>();
  /** The chunks whose blocks are all free; the one that was in use last is the last. */
  readonly #idle = new Set<Chunk>();
  #lastNumber = 0;
  #bytes = 0;
  #idleBytes = 0;

  constructor(tell: TellChunk) {
    this.#tell = tell;
  }

  /** The chunks that there are now, for a thread that starts. */
  get named(): readonly (readonly [number, SharedArrayBuffer])[] {
    return arrayMap(listOf(this.#chunks.values()), ({ number, memory }) => [number, memory] as const);
  }

  /** Takes a block of at least this size; null if there may be no more memory, or the machine has none. */
  take(size: number): Block | null {
    const room = roomFor(size);
    const free = this.#freeOf(room);
    const block = arrayPop(free);
    if (block === undefined) return this.#addChunk(room);
    const chunk = this.#chunks.get(block.chunk)!;
    chunk.used += 1;
    if (this.#idle.delete(chunk)) this.#idleBytes -= roomOf(chunk);
    return block;
  }

  #freeOf(room: number): Block[] {
    let free = this.#free.get(room);
    if (free === undefined) this.#free.set(room, (free = []));
    return free;
  }

  /**
   * Adds a chunk and gives its first block; the other blocks of the chunk are free. Null if there can be no more
   * memory.
   */
  #addChunk(room: number): Block | null {
    const blocks = room > LARGEST_SHARED ? 1 : SHARED_CHUNK / room;
    if (this.#bytes + room * blocks > MOST_BYTES) this.#dropIdle(0);
    if (this.#bytes + room * blocks > MOST_BYTES) return null;
    const blockSize = room + EXTRA;
    const memory = tryAllocate(blockSize * blocks);
    if (memory === null) return null;
    const number = (this.#lastNumber += 1); // never used again: a thread may not have read yet that a chunk is dropped
    this.#chunks.set(number, { number, memory, room, blocks, used: 1 });
    this.#bytes += room * blocks;
    this.#tell(number, memory);
    const blockAt = (offset: number): Block => {
      return { chunk: number, offset, bytes: new Uint8Array(memory, offset, blockSize) };
    };
    const free = this.#freeOf(room);
    for (let at = blocks - 1; at > 0; at -= 1) arrayPush(free, blockAt(at * blockSize));
    return blockAt(0);
  }

  /** Frees a block that nobody needs any more. */
  free(block: Block): void {
    const chunk = this.#chunks.get(block.chunk)!;
    arrayPush(this.#freeOf(chunk.room), block);
    chunk.used -= 1;
    if (chunk.used > 0) return;
    this.#idle.add(chunk);
    this.#idleBytes += roomOf(chunk);
    this.#dropIdle(MOST_IDLE_BYTES);
  }

  /** Drops idle chunks, those first that have been idle longest, until they have no more room than this. */
  #dropIdle(most: number): void {
    if (this.#idleBytes <= most) return;
    for (const chunk of each(listOf(this.#idle.values()))) {
      if (this.#idleBytes <= most) return;
      this.#drop(chunk);
    }
  }

  #drop(chunk: Chunk): void {
    const { number, room } = chunk;
    this.#idle.delete(chunk);
    this.#idleBytes -= roomOf(chunk);
    this.#bytes -= roomOf(chunk);
    this.#free.set(
      room,
      arrayFilter(this.#freeOf(room), (block) => block.chunk !== number),
    );
    this.#chunks.delete(number);
    this.#tell(number, null);
  }
}

/** The room of the block for this number of bytes. */
function roomFor(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(SMALLEST, size - EXTRA)));
}

function roomOf({ room, blocks }: Chunk): number {
  return room * blocks;
}

/** Null if the machine has no more memory. */
function tryAllocate(size: number): SharedArrayBuffer | null {
  try {
    return new SharedArrayBuffer(size);
  } catch {
    return null;
  }
}

/** Makes an entry refer to a block. Call this before the entry is published. */
export function refer(queue: RunQueue, run: RunNumber, { chunk, offset }: Block, size: number): void {
  writePlace(queue, run, chunk, offset, size);
}

/**
 * The bytes that an entry refers to, or the whole block that holds them. Null if the chunk of the block is not known,
 * or is too small for these bytes.
 */
export function referred(queue: RunQueue, run: RunNumber, chunks: Chunks, whole = false): Uint8Array | null {
  const { chunk, offset, size }: Place = readPlace(queue, run); // a thread may have written anything there
  const memory = chunks.get(chunk);
  const length = whole ? roomFor(size) + EXTRA : size;
  if (memory === undefined || offset < 0 || size < 0 || offset + length > memory.byteLength) return null;
  return new Uint8Array(memory, offset, length);
}

type Chunks = ReadonlyMap<number, SharedArrayBuffer>;
