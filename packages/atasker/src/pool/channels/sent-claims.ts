import { Map } from '../../platform/primordials.ts';
import { blockOf, RunClaims, RUNS_OF_BLOCK } from './run-claims.ts';

/** Names a block of claims to the thread; null if none of the runs of the block is left. */
type TellBlock = (block: number, memory: SharedArrayBuffer | null) => void;

/** The claims of the runs that are sent to one thread (run-claims.ts), in the order of their numbers. */
export class SentClaims {
  readonly #claims = new RunClaims();
  /** How many runs of each block have not ended, or not been sent yet. */
  readonly #left = new Map<number, number>();
  readonly #tell: TellBlock;

  constructor(tell: TellBlock) {
    this.#tell = tell;
  }

  /** Makes sure that there is a block for a run that is about to be sent. */
  open(run: number): void {
    const block = blockOf(run);
    if (this.#claims.has(block)) return;
    this.#left.set(block, RUNS_OF_BLOCK - (run % RUNS_OF_BLOCK));
    this.#tell(block, this.#claims.newBlock(block));
  }

  /** Says that a run has ended or could not be sent. Drops the block when none of its runs is left. */
  close(run: number): void {
    const block = blockOf(run);
    const left = (this.#left.get(block) ?? 0) - 1;
    if (left > 0) return void this.#left.set(block, left);
    if (!this.#left.delete(block)) return;
    this.#claims.name(block, null);
    this.#tell(block, null);
  }

  /** Claims a run so that it never begins; false if it has begun. */
  revoke(run: number): boolean {
    return this.#claims.revoke(run);
  }
}
