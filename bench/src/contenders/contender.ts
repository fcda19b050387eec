import type { Job } from '../jobs.ts';

/** A pool of a library, with warm threads as far as the library lets one ask for them. */
export interface Pool {
  run(job: Job, argument: number): PromiseLike<number>;
  /** Before everything that waits. Only in a pool that was opened with priorities. */
  runUrgent(job: Job, argument: number): PromiseLike<number>;
  close(): Promise<void>;
}

export interface PoolNeeds {
  readonly threads: number;
  /** Whether urgent tasks will come: then `run` is for low ones, and the library's own means for priorities are in use. */
  readonly priorities: boolean;
}

/** A library as its users would use it. */
export interface Contender {
  open(needs: PoolNeeds): Pool;
}
