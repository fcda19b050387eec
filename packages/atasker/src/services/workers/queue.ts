import { promiseCatch } from '../../platform/methods.ts';
import type { JobQueue } from './job-queue.ts';
import type { QueueStartOptions, QueueWorkerOptions } from './queue-options.ts';
import { QueueRhythm } from './queue-rhythm.ts';
import { AbstractWorker } from './worker.ts';

/**
 * Executes once for each job (atasker: `BackgroundQueueWorker`). The executor function gets the job, followed by the
 * arguments of `start`. Jobs may be put before the start, during a pause, and after a stop.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const mails = backgroundWorker((mail: Mail) => send(mail), { queue: true, concurrency: 4, maxSize: 100 });
 * mails.start();
 * await mails.put(mail);
 */
export class BackgroundQueueWorker<J = unknown, A extends unknown[] = unknown[], R = unknown> extends AbstractWorker<
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

  /** The queue of waiting jobs: the queue of the options, or one that can be read with `[...worker.queue]`. */
  get queue(): JobQueue<J> & Partial<Iterable<J>> {
    return this.#rhythm.queue;
  }

  /** How many jobs wait. */
  get size(): number {
    return this.#rhythm.queue.size;
  }

  /**
   * Puts a job. The promise resolves when the job is in the queue: at once, or, if the queue has `maxSize` jobs, when
   * there is room or the worker stops. A call by the executor function or a hook of the worker does not wait for room.
   *
   * @throws TaskError `ERR_WORKER_STOPPED` if the queue is full and the worker does not run; whatever a queue of your
   * own throws.
   */
  put(job: J): Promise<void> {
    return this.#rhythm.put(job);
  }

  /**
   * Puts a job, and resolves with what the executor function returns for it; if that is a task function, with the result
   * of the task. Rejects with what the function throws: that is a failure of the worker as well, but causes no process
   * warning. Equal texts and numbers count as the same job; a queue of your own has to give back the same objects.
   *
   * @throws TaskError `ERR_WORKER_STOPPED` if the worker stops before the job has begun (the job stays in the queue);
   * `ERR_WORKER_DEADLOCK` to the executor function or a hook of the worker, which would wait for itself. CanceledError
   * `ERR_TASK_CANCELED` after `clear()`.
   */
  submit(job: J): Promise<R> {
    return this.#rhythm.submit(job) as Promise<R>;
  }

  /**
   * Removes all jobs that have not begun. A `put` that waits for room, and a `submit`, reject with `ERR_TASK_CANCELED`.
   *
   * @returns how many jobs were removed.
   */
  clear(): number {
    return this.#rhythm.clear();
  }

  /**
   * How many jobs may run at once. A change takes effect at once, and interrupts no job; the next start begins with the
   * `concurrency` of the options.
   */
  get concurrency(): number {
    return this.#rhythm.concurrency;
  }

  set concurrency(concurrency: number) {
    this.#rhythm.setConcurrency(concurrency);
  }

  /**
   * Resolves when no job waits and no job runs.
   *
   * @throws TaskError `ERR_WORKER_STOPPED` if the worker stops, or does not run, while there are jobs in its queue;
   * `ERR_WORKER_DEADLOCK` to the executor function or a hook of the worker, which would wait for itself.
   */
  drain(): Promise<void> {
    const drained = this.#rhythm.drain();
    void promiseCatch(drained, () => {}); // nobody has to await the promise
    return drained;
  }
}
