import { promiseCatch } from '../../platform/methods.ts';
import type { JobQueue } from './job-queue.ts';
import type { QueueStartOptions, QueueWorkerOptions } from './queue-options.ts';
import { QueueRhythm } from './queue-rhythm.ts';
import { AbstractWorker } from './worker.ts';

/**
 * Executes for each job that is put (atasker: `BackgroundQueueWorker`): the executor gets the job first, then
 * the arguments of `start`. Jobs may be put before the start, while it is paused, and after a stop.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const mails = backgroundWorker((mail: Mail) => send(mail), { queue: true, concurrency: 4, maxSize: 100 });
 * mails.start();
 * await mails.put(mail);
 */
export class BackgroundQueueWorker<J = unknown, A extends unknown[] = unknown[]> extends AbstractWorker<
  QueueWorkerOptions<J>,
  A,
  QueueStartOptions,
  [job: J, ...args: A]
> {
  readonly #rhythm: QueueRhythm<J>;

  constructor(options: QueueWorkerOptions<J> = {}) {
    const rhythm = new QueueRhythm(options);
    super(options, rhythm);
    this.#rhythm = rhythm;
  }

  /** The jobs that wait: the queue that was given, or one that can be read with `[...worker.queue]`. */
  get queue(): JobQueue<J> & Partial<Iterable<J>> {
    return this.#rhythm.queue;
  }

  /** How many jobs wait. */
  get size(): number {
    return this.#rhythm.queue.size;
  }

  /**
   * Puts a job. Resolves at once, or with `maxSize` jobs in the queue when there is room again, or when the worker
   * stops; the job is in the queue then. Called by its own executor or a hook it does not wait for room.
   *
   * @throws TaskError `ERR_WORKER_STOPPED` if the queue is full and the worker does not run; whatever a queue of your own throws.
   */
  put(job: J): Promise<void> {
    return this.#rhythm.put(job);
  }

  /**
   * Resolves when no job waits and none runs.
   *
   * @throws TaskError `ERR_WORKER_STOPPED` if the worker stops, or does not run, while there are jobs in its queue;
   * `ERR_WORKER_DEADLOCK` to its own executor or a hook, which would wait for itself.
   */
  drain(): Promise<void> {
    const drained = this.#rhythm.drain();
    void promiseCatch(drained, () => {}); // nobody has to wait for it
    return drained;
  }
}
