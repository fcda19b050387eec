/**
 * Memory for arguments that have no room in an entry of the run queue. The publisher hands out blocks and writes them;
 * the thread that takes the run copies the arguments out of the block. The block is free when the entry is.
 *
 * The memory comes in chunks. Each chunk is named to all threads, over their channels, before an entry refers to it.
 */
import { arrayPop, arrayPush, arraySplice, each } from '../../platform/methods.ts';
import { Map, Math, SharedArrayBuffer, Uint8Array } from '../../platform/primordials.ts';
import type { RunNumber, RunQueue } from './memory.ts';
import { readPlace, writePlace, type Place } from './place.ts';

/** Minimum size of a block in bytes. The sizes of blocks are powers of two. */
const SMALLEST = 1_024;
/** Maximum size in bytes of a block that shares its chunk with other blocks of its size. */
const LARGEST_SHARED = 64 * 1_024;
const CHUNK = 256 * 1_024;
/**
 * Maximum size of all chunks together, in bytes. Of the free blocks that have a chunk of their own, `MOST_IDLE_BYTES`
 * are kept at most.
 */
export const MOST_BYTES = 256 * 1_024 * 1_024;
const MOST_IDLE_BYTES = 16 * 1_024 * 1_024;

/** A piece of memory for one value. */
export interface Block {
  readonly chunk: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Tells all threads of a new chunk; null if the chunk is dropped. */
export type TellChunk = (chunk: number, memory: SharedArrayBuffer | null) => void;

/** The publisher's side of the arena: which memory there is, and which blocks of it are free. */
export class Arena {
  readonly chunks = new Map<number, SharedArrayBuffer>();
  readonly #tell: TellChunk;
  /** Free blocks, by size. */
  readonly #free = new Map<number, Block[]>();
  #named = 0;
  #bytes = 0;
  #idleBytes = 0;

  constructor(tell: TellChunk) {
    this.#tell = tell;
  }

  /** Takes a block of at least this size; null if there may be no more memory, or the machine has none. */
  take(size: number): Block | null {
    const blockSize = blockSizeFor(size);
    const free = this.#freeOf(blockSize);
    const block = arrayPop(free);
    if (block === undefined) return this.#addChunk(blockSize, free);
    if (blockSize > LARGEST_SHARED) this.#idleBytes -= blockSize;
    return block;
  }

  #freeOf(size: number): Block[] {
    let free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, (free = []));
    return free;
  }

  /**
   * Adds a chunk and gives its first block; the other blocks of the chunk are free. Null if there can be no more
   * memory.
   */
  #addChunk(blockSize: number, free: Block[]): Block | null {
    const size = Math.max(blockSize, blockSize > LARGEST_SHARED ? 0 : CHUNK);
    if (this.#bytes + size > MOST_BYTES) this.#dropIdle();
    if (this.#bytes + size > MOST_BYTES) return null;
    const memory = tryAllocate(size);
    if (memory === null) return null;
    const chunk = (this.#named += 1); // never used again: a thread may not have read yet that a chunk is dropped
    this.chunks.set(chunk, memory);
    this.#bytes += size;
    this.#tell(chunk, memory);
    const blockAt = (offset: number): Block => ({ chunk, offset, bytes: new Uint8Array(memory, offset, blockSize) });
    for (let offset = size - blockSize; offset > 0; offset -= blockSize) arrayPush(free, blockAt(offset));
    return blockAt(0);
  }

  /** Frees a block that nobody needs any more. */
  free(block: Block): void {
    const { byteLength } = block.bytes;
    if (byteLength > LARGEST_SHARED && this.#idleBytes + byteLength > MOST_IDLE_BYTES) return this.#drop(block);
    if (byteLength > LARGEST_SHARED) this.#idleBytes += byteLength;
    arrayPush(this.#freeOf(byteLength), block);
  }

  #dropIdle(): void {
    for (const size of this.#free.keys()) {
      if (size <= LARGEST_SHARED) continue;
      const free = this.#free.get(size)!;
      for (const block of each(arraySplice(free, 0))) this.#drop(block);
      this.#idleBytes = 0;
    }
  }

  #drop({ chunk, bytes }: Block): void {
    this.#bytes -= bytes.byteLength;
    this.chunks.delete(chunk);
    this.#tell(chunk, null);
  }
}

/** The size of the block that has room for this number of bytes. */
function blockSizeFor(size: number): number {
  return Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(size)));
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
  const length = whole ? blockSizeFor(size) : size;
  if (memory === undefined || offset < 0 || !(length >= 0 && offset + length <= memory.byteLength)) return null;
  return new Uint8Array(memory, offset, length);
}

type Chunks = ReadonlyMap<number, SharedArrayBuffer>;
