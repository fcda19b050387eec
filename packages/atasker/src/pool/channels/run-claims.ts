import { Atomics, Int32Array, Map, Math, SharedArrayBuffer } from '../../platform/primordials.ts';

/** How many runs have their claims in one block of memory, in the order of their numbers. */
export const RUNS_OF_BLOCK = 1024;

const BYTES = 4 * RUNS_OF_BLOCK;

// The states of the cell of a run.
const FREE = 0;
const BEGUN = 1;
const REVOKED = 2;

/** The block that holds the claim of a run. */
export const blockOf = (run: number): number => Math.floor(run / RUNS_OF_BLOCK);

/**
 * Whether a run that was sent to a thread begins is decided once, in memory that both sides see. The thread claims the
 * run to begin it, or the pool claims the run to end it before it begins: the first claim wins. Runs may begin in any
 * order, and any number of them may wait, so each run has a cell of its own. The pool names the blocks to the thread,
 * and says when none of the runs of a block is left.
 */
export class RunClaims {
  readonly #blocks = new Map<number, Int32Array>();

  newBlock(block: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(BYTES);
    this.name(block, memory);
    return memory;
  }

  /** Names the memory of a block; null if none of its runs is left. */
  name(block: number, memory: SharedArrayBuffer | null): void {
    if (memory === null) this.#blocks.delete(block);
    else this.#blocks.set(block, new Int32Array(memory));
  }

  has(block: number): boolean {
    return this.#blocks.has(block);
  }

  /** Claims a run whose function the thread is about to call; false if the run must not begin. */
  begin(run: number): boolean {
    return this.#claim(run, BEGUN) === BEGUN;
  }

  /** Claims a run so that it never begins; false if it has begun. */
  revoke(run: number): boolean {
    return this.#claim(run, REVOKED) !== BEGUN;
  }

  /** Claims the cell of a run if it is free. Returns the claim that stands there then. */
  #claim(run: number, mine: number): number {
    const cells = this.#blocks.get(blockOf(run));
    if (cells === undefined) return REVOKED; // the run is over
    return Atomics.compareExchange(cells, run % RUNS_OF_BLOCK, FREE, mine) || mine;
  }
}
