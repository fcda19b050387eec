import type { JobQueue } from './job-queue.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The options that a start may change. */
export interface QueueStartOptions extends WorkerOptions {
  /** How many jobs may run at once. @defaultValue `1` */
  concurrency?: number | undefined;
  /** Whether a pause of 10 ms to 10 s follows a failed job, as in other workers. @defaultValue `false` */
  backOff?: boolean | undefined;
}

/** Options of a queue worker. */
export interface QueueWorkerOptions<J = unknown> extends QueueStartOptions {
  /** `true` for a queue in the order of arrival, or a queue of your own. @defaultValue `true` */
  queue?: true | JobQueue<J> | undefined;
  /** The number of jobs in the queue at which `put` begins to wait for room. @defaultValue `Infinity` */
  maxSize?: number | undefined;
}
