import { Atomics, Int32Array, Map, Math, SharedArrayBuffer } from '../../platform/primordials.ts';

/** The claims of so many runs, in the order of their numbers, stand in one block of memory. */
export const RUNS_OF_BLOCK = 1024;

const BYTES = 4 * RUNS_OF_BLOCK;

// What stands in the cell of a run.
const FREE = 0;
const BEGUN = 1;
const REVOKED = 2;

/** The block that the claim of a run stands in. */
export const blockOf = (run: number): number => Math.floor(run / RUNS_OF_BLOCK);

/**
 * Whether a run that was sent to a thread begins is decided once, in memory that both sides see: by the thread, which
 * claims it to begin it, or by the pool, which claims it to end it before. Runs may begin in any order, and any number
 * of them may wait, so each has a cell of its own. The pool names the blocks, and says when none of its runs is left.
 */
export class RunClaims {
  readonly #blocks = new Map<number, Int32Array>();

  newBlock(block: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(BYTES);
    this.name(block, memory);
    return memory;
  }

  /** Null: none of its runs is left. */
  name(block: number, memory: SharedArrayBuffer | null): void {
    if (memory === null) this.#blocks.delete(block);
    else this.#blocks.set(block, new Int32Array(memory));
  }

  has(block: number): boolean {
    return this.#blocks.has(block);
  }

  /** The thread is about to call the function of a run; false if it is not to. */
  begin(run: number): boolean {
    return this.#claim(run, BEGUN) === BEGUN;
  }

  /** The run is not to begin any more; false if it has begun. */
  revoke(run: number): boolean {
    return this.#claim(run, REVOKED) !== BEGUN;
  }

  /** Gives who was first. */
  #claim(run: number, mine: number): number {
    const cells = this.#blocks.get(blockOf(run));
    if (cells === undefined) return REVOKED; // it is over
    return Atomics.compareExchange(cells, run % RUNS_OF_BLOCK, FREE, mine) || mine;
  }
}
