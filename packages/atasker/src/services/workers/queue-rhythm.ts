import { checkBoolean, checkInteger, show } from '../../common/check.ts';
import { CanceledError, TaskError } from '../../common/errors.ts';
import { isThenable } from '../../common/thenable.ts';
import type { ServiceCalls } from '../../define/service-calls.ts';
import { arrayPush, arraySplice, each, promiseCatch } from '../../platform/methods.ts';
import { Number, Promise, TypeError } from '../../platform/primordials.ts';
import { ArrivalQueue, checkQueue, type JobQueue } from './job-queue.ts';
import type { QueueWorkerOptions } from './queue-options.ts';
import { JobResults } from './job-results.ts';
import { PlainRhythm, type Ending } from './rhythm.ts';
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
  readonly #results = new JobResults();
  /** The worker is being replaced: its jobs will be handed over. */
  #givesWay = false;
  #successor: QueueRhythm<J> | null = null;

  constructor({ queue = true, maxSize = Infinity, concurrency = 1 }: QueueWorkerOptions<J>) {
    super();
    this.concurrency = concurrency;
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
    this.#givesWay = false;
    this.#successor = null;
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
    return this.#isOwnQueue && isThenable(job) ? job.then((value) => this.#begin(value)) : this.#begin(job);
  }

  #begin(job: unknown): readonly [unknown] {
    this.#results.begin(job);
    return [job];
  }

  override settled(given: readonly unknown[], end: Ending): boolean {
    return given.length > 0 && this.#results.settle(given[0], end);
  }

  override willHandOver(): void {
    this.#givesWay = true;
  }

  /** Jobs that the other worker has got meanwhile stay behind these, which are older, unless it has a queue of the user. */
  override async handOver(to: object): Promise<void> {
    if (!(to instanceof QueueRhythm)) return;
    const successor = to as QueueRhythm<J>;
    this.#successor = successor;
    this.#results.moveTo(successor.#results);
    if (successor.queue === this.queue) return;
    const younger: J[] = [];
    if (!successor.#isOwnQueue) while (successor.queue.size > 0) arrayPush(younger, successor.queue.shift()!);
    while (this.#size() > 0) {
      const job: unknown = this.queue.shift(); // a promise, perhaps, from a queue of the user
      await successor.#store((await job) as J);
    }
    for (const job of each(younger)) await successor.#store(job);
    this.#settleDrains();
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
    if (!this.#givesWay) this.#results.rejectWaiting(() => this.#leavesJobs());
    this.#settleDrains();
  }

  /** Puts a job. The worker's own code does not wait for room, because it would wait for itself. */
  put(job: J): Promise<void> {
    if (this.#successor !== null) return this.#successor.put(job);
    try {
      this.#letIn();
      if (this.#isFull() && !this.#givesWay && !this.#calls.isAwaitingCaller()) return this.#waitOutside(job);
      const stored = this.#store(job);
      this.changed();
      return stored;
    } catch (error) {
      return Promise.reject(error); // the size of a queue of the user was wrong
    }
  }

  /** Puts a job, and waits for its result. */
  async submit(job: J): Promise<unknown> {
    if (this.#successor !== null) return this.#successor.submit(job);
    this.#calls.refuseToAwait('submit()');
    const waiter = this.#results.add(job, () => this.#stopped(`waits, and ${NOTHING_LEFT}`));
    void promiseCatch(this.put(job), (error: unknown) => waiter.reject(error));
    return this.#calls.noteWaiting(waiter.promise);
  }

  /** Removes all jobs that have not begun. @returns how many */
  clear(): number {
    const cleared = (): CanceledError =>
      new CanceledError('ERR_TASK_CANCELED', `clear() has removed the job from the queue of worker ${this.#name}`);
    let count = 0;
    for (; this.#outside.size > 0; count += 1) {
      const { waiter } = this.#outside.shift()!;
      void promiseCatch(waiter.promise, () => {}); // nobody has to await a put
      waiter.reject(cleared());
    }
    for (; this.#size() > 0; count += 1) {
      const job: unknown = this.queue.shift();
      if (this.#isOwnQueue && isThenable(job)) void promiseCatch(Promise.resolve(job), () => {});
    }
    this.#results.rejectWaiting(cleared);
    this.#settleDrains();
    this.changed();
    return count;
  }

  setConcurrency(concurrency: number): void {
    this.concurrency = checkInteger('concurrency', concurrency, 1, true);
    this.changed();
  }

  /** The same as `drained`, for callers that might be code of the worker itself. */
  async drain(): Promise<void> {
    if (this.#successor !== null) return this.#successor.drain();
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
