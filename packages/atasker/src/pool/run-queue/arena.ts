/**
 * Memory for arguments that are too much for an entry of the run queue. The publisher hands out blocks and writes
 * them; the thread that takes the run copies the block out. The block is free when the entry is.
 *
 * The memory comes in chunks, each of which is named to all threads, over their channels, before an entry refers to it.
 */
import { arrayPop, arrayPush, arraySplice, each } from '../../platform/methods.ts';
import { Map, Math, SharedArrayBuffer, Uint8Array } from '../../platform/primordials.ts';
import type { RunNumber, RunQueue } from './memory.ts';
import { readPlace, writePlace, type Place } from './place.ts';

/** Blocks have sizes of powers of two, this one at least. */
const SMALLEST = 1_024;
/** A block up to this size shares its chunk with others of its size. */
const LARGEST_SHARED = 64 * 1_024;
const CHUNK = 256 * 1_024;
/** So much may there be in all, and so much of it is kept when it is free. */
export const MOST_BYTES = 256 * 1_024 * 1_024;
const MOST_IDLE_BYTES = 16 * 1_024 * 1_024;

/** A piece of memory for one value. */
export interface Block {
  readonly chunk: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Tells all threads of a chunk, or that it is no more. */
export type TellChunk = (chunk: number, memory: SharedArrayBuffer | null) => void;

/** The publisher's side: which memory there is, and what of it is free. */
export class Arena {
  readonly chunks = new Map<number, SharedArrayBuffer>();
  readonly #tell: TellChunk;
  /** Free blocks, by their sizes. */
  readonly #free = new Map<number, Block[]>();
  #named = 0;
  #bytes = 0;
  #idleBytes = 0;

  constructor(tell: TellChunk) {
    this.#tell = tell;
  }

  /** A block of at least this size; null if there may be no more memory. */
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

  /** Gives its first block; the others are free. */
  #addChunk(blockSize: number, free: Block[]): Block | null {
    const size = Math.max(blockSize, blockSize > LARGEST_SHARED ? 0 : CHUNK);
    if (this.#bytes + size > MOST_BYTES) this.#dropIdle();
    if (this.#bytes + size > MOST_BYTES) return null;
    const memory = tryAllocate(size);
    if (memory === null) return null;
    const chunk = (this.#named += 1); // never used again: a thread may not have read yet that a chunk is no more
    this.chunks.set(chunk, memory);
    this.#bytes += size;
    this.#tell(chunk, memory);
    const blockAt = (offset: number): Block => ({ chunk, offset, bytes: new Uint8Array(memory, offset, blockSize) });
    for (let offset = size - blockSize; offset > 0; offset -= blockSize) arrayPush(free, blockAt(offset));
    return blockAt(0);
  }

  /** Nobody needs the block any more. */
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

/** The size of the block for so many bytes. */
function blockSizeFor(size: number): number {
  return Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(size)));
}

/** The machine may have no more. */
function tryAllocate(size: number): SharedArrayBuffer | null {
  try {
    return new SharedArrayBuffer(size);
  } catch {
    return null;
  }
}

/** Lets an entry refer to a block. Before it is published. */
export function refer(queue: RunQueue, run: RunNumber, { chunk, offset }: Block, size: number): void {
  writePlace(queue, run, chunk, offset, size);
}

/** The bytes that an entry refers to, or the whole block of them; null if its chunk is not known, or has no such bytes. */
export function referred(queue: RunQueue, run: RunNumber, chunks: Chunks, whole = false): Uint8Array | null {
  const { chunk, offset, size }: Place = readPlace(queue, run); // a thread may have written anything there
  const memory = chunks.get(chunk);
  const length = whole ? blockSizeFor(size) : size;
  if (memory === undefined || offset < 0 || !(length >= 0 && offset + length <= memory.byteLength)) return null;
  return new Uint8Array(memory, offset, length);
}

type Chunks = ReadonlyMap<number, SharedArrayBuffer>;
