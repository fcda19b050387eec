import type { JobQueue } from './job-queue.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What a start may change. */
export interface QueueStartOptions extends WorkerOptions {
  /** How many jobs may run at once. @defaultValue `1` */
  concurrency?: number | undefined;
  /** Whether a failed job makes a pause before the next one, from 10 ms to 10 s, as in other workers. @defaultValue `false` */
  backOff?: boolean | undefined;
}

/** Options of a queue worker. */
export interface QueueWorkerOptions<J = unknown> extends QueueStartOptions {
  /** `true`: jobs in the order of their arrival; or a queue of your own. @defaultValue `true` */
  queue?: true | JobQueue<J> | undefined;
  /** With so many jobs in the queue `put` waits for room. @defaultValue `Infinity` */
  maxSize?: number | undefined;
}
