import { Beat } from '../../common/beat.ts';
import type { AnyFn } from '../../common/check.ts';
import { CronTicks, loadCron } from '../../common/cron.ts';
import { TaskError } from '../../common/errors.ts';
import { isPoolThread } from '../../common/role.ts';
import { Delays } from '../../core/delays.ts';
import { LateTicks } from '../../core/late-ticks.ts';
import { DatedTicks, IntervalTicks, type Ticks } from '../../core/ticks.ts';
import { isTaskFunction, type TaskFunction } from '../../define/background-task.ts';
import { callOf } from '../../define/call-of.ts';
import { ServiceCalls } from '../../define/service-calls.ts';
import { suspect } from '../../define/standstill.ts';
import { apply, arrayPush, arraySplice, each } from '../../platform/methods.ts';
import { Promise, Set } from '../../platform/primordials.ts';
import type { JobSchedulerInfo, Service, ServiceHost } from '../service.ts';
import { callLimited, untilReturned } from '../time-limit.ts';
import { jobSettings, type AsyncJobOptions } from './job-options.ts';
import { ScheduledJob, type AsyncJob, type JobOwner } from './job.ts';

/**
 * Light jobs on the event loop, with one timer for all jobs (atasker: `create_async_job_scheduler`).
 * `supervisor.createAsyncJobScheduler(name)` makes a scheduler.
 */
export class AsyncJobScheduler implements Service {
  /** The name of the scheduler. */
  readonly name: string;
  /** Whether jobs that name no scheduler go to this scheduler. */
  isDefault: boolean;
  /** The aloop that runs the functions of the jobs; null: plain functions run in this thread. */
  readonly aloop: string | null;
  readonly #host: ServiceHost;
  readonly #jobs = new Set<ScheduledJob>();
  readonly #due = new Delays<ScheduledJob>();
  readonly #calls: ServiceCalls;
  #release: (() => void) | null = null;
  /** How many jobs and runs keep the process alive. */
  #holders = 0;
  readonly #owner: JobOwner;
  readonly #next: Beat;
  #running = 0;
  #runs = 0;
  #failures = 0;
  #isStopped = false;
  #whenIdle: (() => void)[] = [];

  /** @internal Supervisors make schedulers. */
  constructor(host: ServiceHost, name: string, isDefault: boolean, aloop: string | null = null) {
    this.#host = host;
    this.#owner = { clock: host.clock, cancel: (job) => this.#end(job) };
    this.#next = new Beat(host, () => this.#beat());
    this.name = name;
    this.isDefault = isDefault;
    this.aloop = aloop;
    this.#calls = new ServiceCalls(this, host.tasks);
  }

  /** Whether a run of a job is in progress. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  /**
   * Makes a job and returns it at once (atasker: `create_async_job`). The first run comes after `timer`, or in the next
   * turn of the event loop. A job that is made in a pool thread never runs.
   *
   * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option; TaskError
   * `ERR_SUPERVISOR_STOPPED`.
   */
  createAsyncJob<F extends AnyFn>(options: AsyncJobOptions<F>): AsyncJob {
    const job = new ScheduledJob(jobSettings(options), this.#calls.captureScope(), this.#owner);
    if (this.aloop !== null) callOf(options.target, [], { loop: this.aloop }); // throws if threads cannot find it
    if (isPoolThread) {
      suspect('a job');
      return job;
    }
    if (this.#isStopped) throw new TaskError('ERR_SUPERVISOR_STOPPED', `job scheduler ${this.name} has stopped`);
    this.#jobs.add(job);
    this.#hold(job, 1);
    const { intervalMs, timer, cron } = job.settings;
    const { clock } = this.#host;
    if (cron !== null) void this.#beginCron(job, cron);
    else if ('date' in timer) this.#begin(job, new DatedTicks(timer.date, intervalMs, clock));
    else this.#begin(job, new IntervalTicks(clock.now() + timer.ms, intervalMs));
    return job;
  }

  /** Cancels all jobs. Resolves when no run is in progress any more, or at once if a job calls it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const job of this.#jobs) this.#end(job);
    if (this.#running > 0 && !this.#calls.isAwaitingCaller()) {
      await this.#calls.noteWaiting(new Promise<void>((resolve) => arrayPush(this.#whenIdle, resolve)));
    }
    this.#host.leaveScheduler(this);
  }

  /** The state of the scheduler at this moment. */
  info(): JobSchedulerInfo {
    const { name, isDefault } = this;
    const jobs = this.#jobs.size;
    return { name, isDefault, jobs, running: this.#running, runs: this.#runs, failures: this.#failures };
  }

  async #beginCron(job: ScheduledJob, cron: string): Promise<void> {
    try {
      const { clock } = this.#host;
      this.#begin(job, new CronTicks(await loadCron(cron, job.settings.timezone, clock), clock));
    } catch (error) {
      this.#end(job);
      this.#host.userError(error, `cron of ${job.what} of scheduler ${this.name}`);
    }
  }

  #begin(job: ScheduledJob, ticks: Ticks): void {
    if (!job.isActive) return; // the job was cancelled while croner was loaded
    job.ticks = new LateTicks(ticks, job.settings.late);
    this.#wait(job);
    this.#arm();
  }

  /** Queues the job for its next tick; ends the job if there is none. */
  #wait(job: ScheduledJob): void {
    const wakeAt = job.ticks!.wakeAt(this.#host.clock.now());
    if (wakeAt === Infinity) this.#end(job);
    else job.delayed = this.#due.add(wakeAt, job);
  }

  /** Sets one timer for the job that is due first. Jobs that are due already run in the next turn of the event loop. */
  #arm(): void {
    const at = this.#due.nextAt;
    if (this.#next.at === at || this.#next.isInNextTurn) return;
    if (at <= this.#host.clock.now()) this.#next.setForNextTurn(this.#holders === 0);
    else if (at < Infinity) this.#next.setFor(at);
    else this.#next.clear();
  }

  #beat(): void {
    const now = this.#host.clock.now();
    for (let due = this.#due.takeDue(now); due !== null; due = this.#due.takeDue(now)) this.#takeTick(due.value, now);
    this.#arm();
  }

  /** Handles the alarm of a job: the job runs if it is due, and waits for its next tick. */
  #takeTick(job: ScheduledJob, now: number): void {
    job.delayed = null;
    if (job.ticks!.dueAt(now) > now) return this.#wait(job); // the wall clock was set back
    if (job.settings.noOverlap && job.running > 0) {
      job.isHeldUp = true; // it waits again when the run has ended
      return;
    }
    job.ticks!.take(now);
    job.runs += 1;
    if (job.runs < job.settings.number) this.#wait(job);
    else this.#end(job);
    void this.#run(job);
  }

  /** The only place that calls a target. */
  async #run(job: ScheduledJob): Promise<void> {
    this.#running += 1;
    this.#runs += 1;
    job.running += 1;
    job.lastExecuted = this.#host.clock.date();
    this.#hold(job, 1);
    const failed = (error: unknown): void => {
      this.#failures += 1;
      job.failures += 1;
      this.#host.jobFailed(job, error, `${job.what} of scheduler ${this.name}`);
    };
    try {
      await this.#execute(job, failed);
    } catch (error) {
      failed(error);
    }
    this.#running -= 1;
    job.running -= 1;
    if (job.settings.noOverlap && job.isActive) this.#goOn(job);
    this.#hold(job, -1);
    if (this.#running === 0) for (const resolve of each(arraySplice(this.#whenIdle, 0))) resolve();
  }

  /** A run of a job with `noOverlap` has ended. */
  #goOn(job: ScheduledJob): void {
    const now = this.#host.clock.now();
    job.ticks!.ended(now, now);
    if (!job.isHeldUp) return;
    job.isHeldUp = false;
    this.#wait(job);
    this.#arm();
  }

  /** Resolves when the run has ended. A run that takes longer than it may has failed before: `failed` is told then. */
  #execute(job: ScheduledJob, failed: (error: unknown) => void): unknown {
    const { settings, scope, what } = job;
    const { target, args, timeoutMs } = settings;
    if (this.aloop === null && !isTaskFunction(target)) {
      const limits = { host: this.#host, calls: this.#calls, scope, of: job, what, timeoutMs, timedOut: failed };
      return callLimited(limits, () => apply(target, undefined, args));
    }
    const timeout = timeoutMs === Infinity ? undefined : timeoutMs;
    return this.#calls.call(scope, () => {
      if (this.aloop === null)
        return untilReturned(apply((target as TaskFunction).with({ timeout }), undefined, args), failed);
      return untilReturned(this.#host.tasks.submit(callOf(target, args, { loop: this.aloop, timeout })), failed);
    });
  }

  #end(job: ScheduledJob): boolean {
    if (!job.isActive) return false;
    job.isActive = false;
    this.#jobs.delete(job);
    if (job.delayed !== null) this.#due.remove(job.delayed);
    this.#arm();
    this.#hold(job, -1);
    return true;
  }

  /** Keeps the process alive while there are runs to come or in progress, of jobs that are not `unref`. */
  #hold(job: ScheduledJob, change: 1 | -1): void {
    if (job.settings.unref) return;
    this.#holders += change;
    if (this.#holders > 0) {
      this.#release ??= this.#host.hold();
    } else {
      this.#release?.();
      this.#release = null;
    }
  }
}
