import { show } from '../../common/check.ts';
import { invalidOption } from '../../common/errors.ts';
import { arrayPush, arraySlice } from '../../platform/methods.ts';
import { Symbol } from '../../platform/primordials.ts';

/** A queue of the user for jobs, such as a priority queue. */
export interface JobQueue<J = unknown> {
  /** Adds a job. */
  push(job: J): unknown;
  /** Removes and returns the next job; called only while `size` is more than 0. */
  shift(): J | undefined;
  /** How many jobs wait. */
  readonly size: number;
}

export function checkQueue<J>(value: JobQueue<J>): JobQueue<J> {
  if (typeof value?.push === 'function' && typeof value.shift === 'function' && typeof value.size === 'number') {
    return value;
  }
  throw invalidOption('type', `queue must be true, or have push, shift and size, got ${show(value)}`);
}

/** Jobs in the order of their arrival. The queue can be read: `[...queue]`. */
export class ArrivalQueue<J> implements JobQueue<J>, Iterable<J> {
  #jobs: J[] = [];
  #first = 0;

  get size(): number {
    return this.#jobs.length - this.#first;
  }

  push(job: J): void {
    arrayPush(this.#jobs, job);
  }

  shift(): J | undefined {
    const job = this.#jobs[this.#first];
    this.#jobs[this.#first++] = undefined as J; // do not keep the job in memory
    if (this.#first * 2 >= this.#jobs.length) {
      this.#jobs = arraySlice(this.#jobs, this.#first);
      this.#first = 0;
    }
    return job;
  }

  [Symbol.iterator](): Iterator<J> {
    return arraySlice(this.#jobs, this.#first)[Symbol.iterator]();
  }
}
