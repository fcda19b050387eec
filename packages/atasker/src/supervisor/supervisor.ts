import { checkDuration, checkFunction, checkKeys, checkOneOf, type AnyFn, type Duration } from '../common/check.ts';
import { Alarms } from '../common/clock.ts';
import { TaskError } from '../common/errors.ts';
import { Events } from '../common/events.ts';
import { isPoolThread } from '../common/role.ts';
import { unawaitedRejection } from '../common/thenable.ts';
import { move, SUPERVISOR, type SupervisorState } from '../core/lifecycle.ts';
import type { LockAuthority } from '../core/lock-table.ts';
import type { TaskOf } from '../define/background-task.ts';
import { hostFor } from '../define/host.ts';
import { main } from '../define/main.ts';
import { putCall, type PutTaskOptions } from '../define/put-task.ts';
import { neverSettles } from '../define/standstill.ts';
import { each, promiseThen } from '../platform/methods.ts';
import { Promise, Symbol } from '../platform/primordials.ts';
import type { AsyncPoolOptions, ProcessPoolOptions, ThreadPoolOptions } from '../pool/options.ts';
import {
  cancelJob,
  JobSchedulers,
  type AsyncJobSchedulerOptions,
  type CreateAsyncJobOptions,
} from '../services/jobs/job-schedulers.ts';
import type { AsyncJob } from '../services/jobs/job.ts';
import type { AsyncJobScheduler } from '../services/jobs/scheduler.ts';
import type { ServiceHost } from '../services/service.ts';
import { TASK_TYPES, type Call, type TaskType } from '../task/call.ts';
import { contexts } from '../task/context.ts';
import type { Host, Task } from '../task/task.ts';
import { supervisorInfo, type InfoOptions, type SupervisorInfo } from './info.ts';
import { LateStarts } from './life/late-starts.ts';
import { STOP } from './life/refusals.ts';
import { Tasks } from './life/tasks.ts';
import {
  stopSettings,
  supervisorSettings,
  type StopOptions,
  type SupervisorOptions,
  type SupervisorSettings,
} from './options.ts';
import type { Aloop, AloopStopOptions } from './owned/aloop.ts';
import { Aloops, type AloopOptions } from './owned/aloops.ts';
import { RemoteHost } from './owned/remote-host.ts';
import type { Scheduler } from './owned/schedulers.ts';
import { Services } from './owned/services.ts';
import type { StopReport, SupervisorEvents } from './reports/events.ts';
import { stopReport } from './stop-report.ts';

type Listener<E extends keyof SupervisorEvents> = (payload: SupervisorEvents[E]) => unknown;

/**
 * Owns pools and tasks (atasker: `TaskSupervisor`). The first task starts the supervisor; before that, the supervisor
 * costs nothing. A program with nothing left to do ends by itself, without a call of `stop()`. In a pool thread a
 * supervisor starts nothing: task functions there call the supervisor that runs the current task.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const supervisor = new TaskSupervisor({ threadPool: { poolSize: 4, reserveHigh: 2 } });
 * const hash = backgroundTask(sha256, { supervisor });
 */
export class TaskSupervisor implements Host, AsyncDisposable {
  readonly #settings: SupervisorSettings;
  readonly #alarms: Alarms;
  readonly #events: Events<SupervisorEvents>;
  readonly #lateStarts: LateStarts;
  readonly #tasks: Tasks;
  readonly #services: Services;
  readonly #jobs: JobSchedulers;
  readonly #aloops: Aloops;
  #state: SupervisorState = 'new';
  #stopping: Promise<StopReport> | null = null;
  #stopped: Promise<void> | null = null;
  #onStopped: (() => void) | null = null;

  constructor(options: SupervisorOptions = {}) {
    this.#settings = supervisorSettings(options);
    this.#alarms = new Alarms(this.#settings.clock);
    this.#events = new Events<SupervisorEvents>((error, event) => this.#tasks.reports.userError(error, event));
    this.#lateStarts = new LateStarts(this.#alarms, this.#settings.clock, this.#settings, {
      hasListener: (level) => this.#events.has(level),
      tell: (level, task) => this.#tasks.reports.tell(level, task),
      guard: (source, call) => this.#tasks.reports.guard(source, call),
    });
    this.#tasks = new Tasks({
      ...this.#settings,
      alarms: this.#alarms,
      events: this.#events,
      lateStarts: this.#lateStarts,
      threadPool: options.threadPool ?? {},
      processPool: options.processPool ?? {},
      asyncPool: options.asyncPool ?? {},
      open: (isChild, loop) => {
        const isOurs = isChild || (this.#state === 'stopping' && this.#services.isCaller());
        this.#open(isOurs);
        this.#aloops.check(loop, isOurs);
      },
      locate: (spec, target) => this.#aloops.locate(spec, target),
    });
    const { reports, keepAlive } = this.#tasks;
    const owned = { alarms: this.#alarms, events: this.#events, reports, keepAlive, tasks: this };
    const open = (): void => this.#open(false);
    this.#aloops = new Aloops(this, { ...this.#settings, alarms: this.#alarms, tasks: this.#tasks, open });
    this.#services = new Services({ ...this.#settings, ...owned, open, checkLoop: (name) => this.#aloops.check(name) });
    this.#jobs = new JobSchedulers(this.#services);
    this.remote = new RemoteHost(this.#tasks);
  }

  /** The name of the supervisor, as in the option `id`. */
  get id(): string {
    return this.#settings.id;
  }

  /** For what runs tasks of other programs here (docs/remote.md). */
  readonly remote: RemoteHost;

  /** Starts the supervisor and the threads of `minSize`; the first task does the same. Reopens a stopped supervisor. */
  start(): void {
    if (isPoolThread || this.#state === 'active') return;
    if (this.#state === 'stopping') throw this.#refusal('is stopping; await stop() first');
    this.#state = move(SUPERVISOR, this.#state, 'active');
    this.#stopping = null;
    this.#tasks.open();
    this.#aloops.open();
  }

  /**
   * Stops the supervisor: it takes no new task, ends workers and schedulers, cancels tasks that are not due yet, lets
   * the others finish, and ends all threads. A second call returns the same promise (`cancelTasks` still cancels). If
   * the stop waits for the caller, the promise rejects, and nobody has to handle that: for a task of this supervisor,
   * and for a worker or job that is not the first to call. A call by a task in a thread or process stops nothing.
   * @returns how the tasks ended since the call, and what did not end.
   * @throws TaskError `ERR_SUPERVISOR_STOPPED` to a task, worker or job that would wait for itself.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    const { waitMs, cancelTasks, stopSchedulers } = stopSettings(options);
    if (isPoolThread)
      return contexts.getStore() === undefined ? neverSettles('stop()') : this.#rejection(STOP.inThread);
    const isFirst = this.#state === 'new' || this.#state === 'active';
    if (isFirst) {
      this.#state = move(SUPERVISOR, this.#state, 'stopping');
      this.#stopping = this.#stop(waitMs, stopSchedulers);
    }
    if (cancelTasks && this.#state === 'stopping') this.#cancelAll();
    if (this.#tasks.current !== null) return this.#rejection(STOP.inTask);
    return !isFirst && this.#services.isAwaitingCaller() ? this.#rejection(STOP.inService) : this.#stopping!;
  }

  /** Resolves when the supervisor has stopped, and keeps the process alive until then. */
  async block(): Promise<void> {
    if (isPoolThread) return neverSettles('block()');
    if (this.#state === 'stopping' || this.#state === 'stopped') return void (await this.#stopping);
    this.start();
    this.#stopped ??= new Promise((resolve) => (this.#onStopped = resolve));
    this.#tasks.keepAlive.hold();
    await this.#stopped;
    this.#tasks.keepAlive.letGo();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return promiseThen(this.stop(), () => {});
  }

  /** The same as the exported function `main`. */
  readonly main = main;

  /** Changes the thread pool at any time; options that are absent keep their value (atasker: `set_thread_pool`). */
  setThreadPool(options: ThreadPoolOptions): void {
    this.#tasks.pools.setThreadPool(options);
    if (this.#state === 'active') this.#tasks.pools.open();
  }

  /** Changes the process pool in the same way (atasker: `set_mp_pool`, `create_mp_pool`). */
  setMpPool(options: ProcessPoolOptions): void {
    this.#tasks.pools.setProcessPool(options);
    if (this.#state === 'active') this.#tasks.pools.open();
  }

  /** Changes the limits of the async tasks at any time; options that are absent keep their value. */
  setAsyncPool(options: AsyncPoolOptions): void {
    this.#tasks.pools.setAsyncPool(options);
  }

  /** The task with this id; undefined once the task has ended, because the supervisor keeps nothing of ended tasks. */
  getTask(id: string): Task | undefined {
    return this.#tasks.live.find(id);
  }

  /** The tasks that have not ended, by id; with `tt`, only the tasks of that type. */
  getTasks(tt?: TaskType): Map<string, Task> {
    if (tt !== undefined) checkOneOf('tt', tt, TASK_TYPES);
    return this.#tasks.live.byId((task) => tt === undefined || task.tt === tt);
  }

  /**
   * Makes a task by hand (atasker: `put_task`). Nobody has to tell the supervisor when the task is done.
   *
   * @throws TaskError `ERR_NAME_IN_USE` if a living task has the id; TypeError, RangeError for a wrong option.
   * @example
   * const task = taskSupervisor.putTask({ target: resize, args: [image, 320], taskId: 'cover' });
   */
  putTask<F extends AnyFn>(options: PutTaskOptions<F>): TaskOf<ReturnType<F>> {
    return hostFor(this).submit(putCall(options)) as TaskOf<ReturnType<F>>;
  }

  /** A frozen record of pools, tasks and totals. With `tasks: false` the call is cheap, however many tasks wait. */
  getInfo(options: InfoOptions = {}): SupervisorInfo {
    checkKeys('getInfo options', options, ['tt', 'tasks']);
    if (options.tt !== undefined) checkOneOf('tt', options.tt, TASK_TYPES);
    const now = this.#settings.clock.now();
    const owned = { services: this.#services, aloops: this.#aloops };
    return supervisorInfo(this.id, this.#state === 'active', this.#tasks, owned, now, options);
  }

  /** Calls the listener at each event. Errors of the listener go to the event `error`. */
  on<E extends keyof SupervisorEvents>(event: E, listener: Listener<E>): this {
    return this.#listen(event, listener, false);
  }

  /** Calls the listener at the next event of this name only. */
  once<E extends keyof SupervisorEvents>(event: E, listener: Listener<E>): this {
    return this.#listen(event, listener, true);
  }

  /** Removes a listener. */
  off<E extends keyof SupervisorEvents>(event: E, listener: Listener<E>): this {
    this.#events.remove(event, listener);
    return this;
  }

  /** How long a task may wait before a warning reports its late start. @defaultValue `'5s'` */
  get timeoutWarning(): Duration {
    return this.#settings.timeoutWarning;
  }

  set timeoutWarning(value: Duration) {
    checkDuration('timeoutWarning', value);
    this.#settings.timeoutWarning = value;
    this.#watchLateStarts();
  }

  /** How long a task may wait before its late start is reported as critical. @defaultValue `'10s'` */
  get timeoutCritical(): Duration {
    return this.#settings.timeoutCritical;
  }

  set timeoutCritical(value: Duration) {
    checkDuration('timeoutCritical', value);
    this.#settings.timeoutCritical = value;
    this.#watchLateStarts();
  }

  /** Called once with a task that has waited longer than `timeoutWarning`, while the task still waits. */
  get timeoutWarningFunc(): ((task: Task) => unknown) | null {
    return this.#settings.timeoutWarningFunc;
  }

  set timeoutWarningFunc(value: ((task: Task) => unknown) | null) {
    this.#settings.timeoutWarningFunc = value === null ? null : checkFunction('timeoutWarningFunc', value);
    this.#watchLateStarts();
  }

  /** Called once with a task that has waited longer than `timeoutCritical`, while the task still waits. */
  get timeoutCriticalFunc(): ((task: Task) => unknown) | null {
    return this.#settings.timeoutCriticalFunc;
  }

  set timeoutCriticalFunc(value: ((task: Task) => unknown) | null) {
    this.#settings.timeoutCriticalFunc = value === null ? null : checkFunction('timeoutCriticalFunc', value);
    this.#watchLateStarts();
  }

  /** Registers a scheduler that stops with this supervisor; calls its `loop()` (atasker: `register_scheduler`). */
  registerScheduler(scheduler: Scheduler): void {
    if (!isPoolThread) this.#services.schedulers.register(scheduler);
  }

  /** Removes a registered scheduler without stopping it. @returns false if the scheduler was not registered */
  unregisterScheduler(scheduler: Scheduler): boolean {
    return this.#services.schedulers.unregister(scheduler);
  }

  /** Makes a named event loop in its own thread (atasker: `create_aloop`). @throws TaskError `ERR_NAME_IN_USE` */
  createAloop(name: string, options: AloopOptions = {}): Aloop {
    return this.#aloops.create(name, options);
  }

  /** Starts an aloop that was made with `start: false` or has stopped. @throws TaskError `ERR_NO_ALOOP` */
  startAloop(name: string): void {
    this.#aloops.start(name);
  }

  /** Stops an aloop: the same as its `stop()`. @throws TaskError `ERR_NO_ALOOP` */
  stopAloop(name: string, options: AloopStopOptions = {}): Promise<void> {
    return this.#aloops.stop(name, options);
  }

  /** The aloop with this name, or the default aloop if no name is given; undefined if there is none. */
  getAloop(name?: string): Aloop | undefined {
    return this.#aloops.find(name);
  }

  /** Runs async tasks that name no loop on this aloop; null: on the caller's loop. @throws TaskError `ERR_NO_ALOOP` */
  setDefaultAloop(aloop: Aloop | string | null): void {
    this.#aloops.setDefault(aloop);
  }

  /** Makes a scheduler of jobs (atasker: `create_async_job_scheduler`). */
  createAsyncJobScheduler(name: string, options: AsyncJobSchedulerOptions = {}): AsyncJobScheduler {
    return this.#jobs.create(name, options);
  }

  /** Makes a job of a scheduler and returns the job at once (atasker: `create_async_job`). */
  createAsyncJob<F extends AnyFn>(options: CreateAsyncJobOptions<F>): AsyncJob {
    return this.#jobs.createJob(options);
  }

  /** Cancels a job: the same as `job.cancel()` (atasker: `cancel_async_job`). */
  cancelAsyncJob(options: { readonly job: AsyncJob }): boolean {
    return cancelJob(options?.job);
  }

  /** What workers and job schedulers get from their supervisor. */
  get services(): ServiceHost {
    return this.#services;
  }

  /** Makes a task from a call of a task function. */
  submit(call: Call): Task {
    return this.#tasks.submit(call);
  }

  /** The locks of this supervisor; for lockers. */
  get locks(): LockAuthority {
    return this.#tasks.locks;
  }

  /** How many inputs of a map are submitted at a time; for task functions. */
  concurrency(tt: TaskType, loop?: string | null): number {
    return this.#tasks.concurrency(tt, loop);
  }

  /** The first task starts the supervisor. While the supervisor stops, it still takes the calls of running tasks. */
  #open(isChild: boolean): void {
    if (this.#state === 'new') this.start();
    if (this.#state === 'active' || (this.#state === 'stopping' && isChild)) return;
    throw this.#refusal(this.#state === 'stopping' ? 'is stopping' : 'has stopped; start() reopens it');
  }

  #refusal(fact: string): TaskError {
    return new TaskError('ERR_SUPERVISOR_STOPPED', `supervisor ${this.id} ${fact}`);
  }

  #rejection(fact: string): Promise<never> {
    return unawaitedRejection(this.#refusal(fact));
  }

  async #stop(waitMs: number, stopSchedulers: boolean): Promise<StopReport> {
    const before = { ...this.#tasks.totals };
    this.#tasks.keepAlive.hold();
    await Promise.resolve(); // a listener of an event of this stop may call stop() too
    this.#tasks.cancelDelayed(this.#refusal('was stopped'));
    const giveUpAt = this.#settings.clock.now() + waitMs;
    const late = waitMs === Infinity ? null : this.#alarms.at(giveUpAt, () => this.#cancelAll());
    await this.#services.stop(stopSchedulers);
    await this.#tasks.live.whenEmpty();
    if (late !== null) this.#alarms.cancel(late);
    await this.#aloops.close();
    await this.#tasks.pools.close();
    this.#state = move(SUPERVISOR, this.#state, 'stopped');
    this.#tasks.keepAlive.letGo();
    this.#services.close();
    this.#alarms.close();
    const report = stopReport(this.#tasks, this.#services, before);
    this.#onStopped?.();
    this.#stopped = null;
    this.#events.emit('stopped', report);
    return report;
  }

  #cancelAll(): void {
    this.#tasks.cancelAll(this.#refusal('was stopped'));
    this.#services.giveUpSoon();
  }

  #listen<E extends keyof SupervisorEvents>(event: E, listener: Listener<E>, once: boolean): this {
    this.#events.add(event, checkFunction('listener', listener), once);
    if (event === 'taskStarted') this.#tasks.watchStarts();
    if (event === 'timeoutWarning' || event === 'timeoutCritical') this.#watchLateStarts();
    return this;
  }

  /** The user may have just asked for late starts: tasks that wait already are watched too. */
  #watchLateStarts(): void {
    for (const task of each(this.#tasks.waiting())) this.#lateStarts.watch(task);
  }
}
