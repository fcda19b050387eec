import { copyBytes, newBytes } from '../../../platform/node.ts';
import { Uint8Array } from '../../../platform/primordials.ts';
import { writeEncoded, type Encoded } from '../../../wire/bytes.ts';
import { HeldArgs, packWritten, type Packed } from '../../../wire/values.ts';
import type { Arena, Block } from '../../run-queue/arena.ts';

/**
 * Arguments as bytes. They are written once, when the task is called: into the block in which a thread reads them if
 * there is one, else into memory of their own until there is a block. While the block is lent to the entry of the task
 * in the run queue, the entry owns the block.
 */
export class WrittenArgs extends HeldArgs {
  readonly size: number;
  readonly #arena: Arena;
  #block: Block | null;
  #isLent = false;
  /** The bytes of arguments that have no block yet; else null. */
  #bytes: Uint8Array | null;

  constructor(encoded: Encoded, arena: Arena, block: Block | null) {
    super();
    this.size = encoded.size;
    this.#arena = arena;
    this.#block = block;
    this.#bytes = block === null ? newBytes(encoded.size) : null;
    writeEncoded(encoded, block?.bytes ?? this.#bytes!);
  }

  /** Lends the block with the arguments to an entry; null if there is no memory for a block. */
  lend(): Block | null {
    if (this.#bytes !== null) {
      this.#block = this.#arena.take(this.size);
      if (this.#block === null) return null;
      copyBytes(this.#block.bytes, this.#bytes);
      this.#bytes = null;
    }
    this.#isLent = true;
    return this.#block;
  }

  /** The entry does not need its block any more, though the task may still need its arguments. */
  giveBack(): void {
    this.#isLent = false;
  }

  override packed(): Packed {
    const { buffer, byteOffset } = this.#block?.bytes ?? this.#bytes!;
    return packWritten(new Uint8Array(buffer, byteOffset, this.size));
  }

  override release(): void {
    if (this.#block !== null && !this.#isLent) this.#arena.free(this.#block);
    this.#block = null;
  }
}
