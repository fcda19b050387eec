import { checkInteger } from '../options.ts';
import { ArrivalQueue, checkQueue, type JobQueue } from './job-queue.ts';
import { PlainRhythm } from './rhythm.ts';
import type { WorkerOptions } from './worker-options.ts';
import { AbstractWorker } from './worker.ts';

/** What a start may change. */
export interface QueueStartOptions extends WorkerOptions {
  /** How many jobs may run at once. @defaultValue `1` */
  concurrency?: number | undefined;
}

export interface QueueWorkerOptions<J = unknown> extends QueueStartOptions {
  /** `true`: jobs in the order of their arrival; or a queue of your own. @defaultValue `true` */
  queue?: true | JobQueue<J> | undefined;
  /** How many jobs may wait in the queue; with more `put` waits. @defaultValue `Infinity` */
  maxSize?: number | undefined;
}

/** Due while there are jobs. The jobs outlive a stop. */
class QueueRhythm<J> extends PlainRhythm<QueueWorkerOptions<J>> {
  readonly kind = 'queue';
  override readonly keys = ['concurrency', 'queue', 'maxSize'];
  override readonly startKeys = ['concurrency'];
  override concurrency = 1;
  readonly queue: JobQueue<J>;
  readonly #maxSize: number;
  /** Puts that wait for room, in their order. */
  readonly #outside = new ArrivalQueue<{ readonly job: J; readonly resolve: () => void }>();
  #out = 0;
  #whenDrained: (() => void)[] = [];

  constructor({ queue = true, maxSize = Infinity }: QueueWorkerOptions<J>) {
    super();
    this.queue = queue === true ? new ArrivalQueue<J>() : checkQueue(queue);
    this.#maxSize = checkInteger('maxSize', maxSize, 1, true);
  }

  override get queued(): number {
    return this.queue.size;
  }

  override check({ concurrency = 1 }: QueueWorkerOptions<J>): void {
    checkInteger('concurrency', concurrency, 1, true);
  }

  override prepare({ concurrency = 1 }: QueueWorkerOptions<J>): void {
    this.concurrency = concurrency;
  }

  dueAt(): number {
    return this.queue.size > 0 ? 0 : Infinity;
  }

  override take(): readonly unknown[] {
    this.#out += 1;
    const job = this.queue.shift();
    this.#letIn();
    return [job];
  }

  override ended(): void {
    this.#out -= 1;
    if (this.#isDrained()) for (const resolve of this.#whenDrained.splice(0)) resolve();
  }

  override drained(): Promise<void> {
    if (this.#isDrained()) return Promise.resolve();
    return new Promise((resolve) => void this.#whenDrained.push(resolve));
  }

  put(job: J): Promise<void> {
    if (this.#outside.size > 0 || this.queue.size >= this.#maxSize) {
      return new Promise((resolve) => this.#outside.push({ job, resolve }));
    }
    this.queue.push(job);
    this.changed();
    return Promise.resolve();
  }

  #letIn(): void {
    while (this.#outside.size > 0 && this.queue.size < this.#maxSize) {
      const { job, resolve } = this.#outside.shift()!;
      this.queue.push(job);
      resolve();
    }
  }

  #isDrained(): boolean {
    return this.queue.size === 0 && this.#out === 0;
  }
}

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

  /** Puts a job. Resolves at once, or with `maxSize` jobs in the queue when there is room again. */
  put(job: J): Promise<void> {
    return this.#rhythm.put(job);
  }

  /** Resolves when no job waits and none runs. */
  drain(): Promise<void> {
    return this.#rhythm.drained();
  }
}
