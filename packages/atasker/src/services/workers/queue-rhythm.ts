import { checkBoolean, checkInteger, show } from '../../common/check.ts';
import { TaskError } from '../../common/errors.ts';
import { isThenable } from '../../common/thenable.ts';
import type { ServiceCalls } from '../../define/service-calls.ts';
import { arrayPush, arraySplice, each } from '../../platform/methods.ts';
import { Number, Promise, TypeError } from '../../platform/primordials.ts';
import { ArrivalQueue, checkQueue, type JobQueue } from './job-queue.ts';
import type { QueueWorkerOptions } from './queue-options.ts';
import { PlainRhythm } from './rhythm.ts';
import { Waiter } from './waiter.ts';

/** A job that is not in the queue yet, because its `put` waits for room. */
interface Outsider<J> {
  readonly job: J;
  readonly waiter: Waiter;
}

const NOTHING_LEFT = 'the program has nothing left to do that could start or resume the worker';

/**
 * Due while there are jobs. Jobs stay in the queue across a stop; calls that wait for room or for a drain do not
 * survive it.
 */
export class QueueRhythm<J> extends PlainRhythm<QueueWorkerOptions<J>> {
  readonly kind = 'queue';
  override readonly keys = ['concurrency', 'backOff', 'queue', 'maxSize'];
  override readonly startKeys = ['concurrency', 'backOff'];
  override concurrency = 1;
  override backsOff = false;
  readonly queue: JobQueue<J>;
  #calls!: ServiceCalls;
  readonly #isOwnQueue: boolean;
  readonly #maxSize: number;
  readonly #outside = new ArrivalQueue<Outsider<J>>();
  #out = 0;
  #isHalted = false;
  #whenDrained: Waiter[] = [];

  constructor({ queue = true, maxSize = Infinity }: QueueWorkerOptions<J>) {
    super();
    this.#isOwnQueue = queue !== true;
    this.queue = queue === true ? new ArrivalQueue<J>() : checkQueue(queue);
    this.#maxSize = checkInteger('maxSize', maxSize, 1, true);
  }

  /** How many jobs wait; NaN if a queue of the user does not tell. */
  override get queued(): number {
    try {
      return this.#size();
    } catch {
      return Number.NaN;
    }
  }

  override belongsTo(calls: ServiceCalls): void {
    this.#calls = calls;
  }

  override check({ concurrency = 1, backOff = false }: QueueWorkerOptions<J>): void {
    checkInteger('concurrency', concurrency, 1, true);
    checkBoolean('backOff', backOff);
  }

  override prepare({ concurrency = 1, backOff = false }: QueueWorkerOptions<J>): void {
    this.concurrency = concurrency;
    this.backsOff = backOff;
    this.#isHalted = false;
  }

  /** If a queue of the user does not tell its size, an execution is due; that execution fails with the reason. */
  dueAt(): number {
    return this.queued === 0 ? Infinity : 0;
  }

  override take(): readonly unknown[] | PromiseLike<readonly unknown[]> {
    this.#out += 1;
    if (this.#size() === 0)
      throw new TypeError(`the queue of worker ${this.#name} reported a size above 0, but has no job`);
    const job: unknown = this.queue.shift();
    this.#letIn();
    return this.#isOwnQueue && isThenable(job) ? job.then((value) => [value]) : [job];
  }

  override ended(): void {
    this.#out -= 1;
    this.#letIn();
    this.#settleDrains();
  }

  override drained(): Promise<void> {
    if (this.#isDrained()) return Promise.resolve();
    if (this.#isHalted && this.queued !== 0) return Promise.reject(this.#leavesJobs());
    const waiter = new Waiter(() => this.#stopped(`waits, and ${NOTHING_LEFT}`));
    arrayPush(this.#whenDrained, waiter);
    return waiter.promise;
  }

  /**
   * At a stop, jobs that wait for room go into the queue even if it is full, because the next start may be far away.
   */
  override halted(): void {
    this.#isHalted = true;
    while (this.#outside.size > 0) this.#letInFirst();
    this.#settleDrains();
  }

  /** Puts a job. The worker's own code does not wait for room, because it would wait for itself. */
  put(job: J): Promise<void> {
    try {
      this.#letIn();
      if (this.#isFull() && !this.#calls.isAwaitingCaller()) return this.#waitOutside(job);
      const stored = this.#store(job);
      this.changed();
      return stored;
    } catch (error) {
      return Promise.reject(error); // the size of a queue of the user was wrong
    }
  }

  /** The same as `drained`, for callers that might be code of the worker itself. */
  async drain(): Promise<void> {
    this.#calls.refuseToAwait('drain()');
    return this.#calls.noteWaiting(this.drained());
  }

  get #name(): string {
    return this.#calls.service.name;
  }

  #isFull(): boolean {
    return this.#outside.size > 0 || (this.#maxSize !== Infinity && this.#size() >= this.#maxSize);
  }

  #letIn(): void {
    while (this.#outside.size > 0 && this.queued < this.#maxSize) this.#letInFirst();
  }

  #letInFirst(): void {
    const { job, waiter } = this.#outside.shift()!;
    if (!waiter.isSettled) waiter.resolve(this.#store(job));
  }

  #waitOutside(job: J): Promise<void> {
    if (this.#isHalted) throw this.#stopped('is full; start() makes room');
    const waiter = new Waiter(() => this.#stopped(`is full, and ${NOTHING_LEFT}`));
    this.#outside.push({ job, waiter });
    return this.#calls.noteWaiting(waiter.promise);
  }

  /** Adds the job to the queue. Rejects with what the queue throws; in that case the job is not in the queue. */
  async #store(job: J): Promise<void> {
    const stored: unknown = this.queue.push(job);
    if (!isThenable(stored)) return;
    await stored;
    this.changed();
  }

  #size(): number {
    const { size } = this.queue;
    if (typeof size === 'number' && size >= 0) return size;
    throw new TypeError(`the size of the queue of worker ${this.#name} must be 0 or more, got ${show(size)}`);
  }

  /** Settles the waiting calls of `drain`, as soon as it is certain whether the last job will be executed. */
  #settleDrains(): void {
    const isDrained = this.#isDrained();
    const mayYetBe = !this.#isHalted || (this.#out > 0 && this.queued === 0);
    if (!isDrained && mayYetBe) return;
    for (const waiter of each(arraySplice(this.#whenDrained, 0))) {
      if (isDrained) waiter.resolve();
      else waiter.reject(this.#leavesJobs());
    }
  }

  #isDrained(): boolean {
    return this.#out === 0 && this.#outside.size === 0 && this.queued === 0;
  }

  #leavesJobs(): TaskError {
    return this.#stopped('is kept; start() continues with it');
  }

  #stopped(fact: string): TaskError {
    const jobs = this.queued === 1 ? '1 job' : `${this.queued} jobs`;
    return new TaskError('ERR_WORKER_STOPPED', `worker ${this.#name} is not running, and its queue of ${jobs} ${fact}`);
  }
}
