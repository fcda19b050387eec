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
import type { AsyncJob, AsyncJobScheduler } from '../services/jobs/scheduler.ts';
import type { ServiceHost } from '../services/service.ts';
import { TASK_TYPES, type Call, type TaskType } from '../task/call.ts';
import { contexts } from '../task/context.ts';
import type { Host, Task, TaskHandle } from '../task/task.ts';
import { supervisorInfo, type InfoOptions, type SupervisorInfo } from './info.ts';
import { LateStarts, type LateStart } from './life/late-starts.ts';
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
import type { Scheduler } from './owned/schedulers.ts';
import { Services } from './owned/services.ts';
import type { StopReport, SupervisorEvents } from './reports/events.ts';
import { stopReport } from './stop-report.ts';

type Listener<E extends keyof SupervisorEvents> = (payload: SupervisorEvents[E]) => unknown;

/**
 * Owns pools and tasks (atasker: `TaskSupervisor`). It starts by itself with the first task and costs
 * nothing before; a program with nothing left to do ends by itself, without `stop()`.
 * In a pool thread it starts nothing: calls of task functions there go to the supervisor that runs the task.
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
    this.#lateStarts = new LateStarts(
      this.#alarms,
      this.#settings,
      (level) => this.#funcOf(level) !== null || this.#events.has(level),
      (level, task) => this.#reportLateStart(level, task),
    );
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
  }

  /** What it is called. */
  get id(): string {
    return this.#settings.id;
  }

  /** Starts it, and the threads of `minSize`. The first task does so too. Reopens one that has stopped. */
  start(): void {
    if (isPoolThread || this.#state === 'active') return;
    if (this.#state === 'stopping') throw this.#refusal('is stopping; await stop() first');
    this.#state = move(SUPERVISOR, this.#state, 'active');
    this.#stopping = null;
    this.#tasks.open();
    this.#aloops.open();
  }

  /**
   * Ends it: takes no new task, ends its workers and schedulers, cancels tasks that are not due yet, lets the
   * others finish, and ends all threads. A second call returns the same promise (with `cancelTasks` it still cancels).
   * To code that it would wait for the returned promise rejects, which nobody need handle: to a task of its own, and
   * to a worker or job if somebody else has called it before. In a task in a thread or process it stops nothing.
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

  /** Resolves when it has stopped, and keeps the process alive until then. */
  async block(): Promise<void> {
    if (isPoolThread) return neverSettles('block()');
    if (this.#state === 'stopping' || this.#state === 'stopped') return void (await this.#stopping);
    this.start();
    this.#stopped ??= new Promise((resolve) => (this.#onStopped = resolve));
    this.#tasks.keepAlive.hold();
    await this.#stopped;
    this.#tasks.keepAlive.release();
    this.#tasks.keepAlive.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return promiseThen(this.stop(), () => {});
  }

  /** The same as `main`. */
  readonly main = main;

  /** Sizes and options of the thread pool, at any time; absent ones keep their value (atasker: `set_thread_pool`). */
  setThreadPool(options: ThreadPoolOptions): void {
    this.#tasks.pools.setThreadPool(options);
    if (this.#state === 'active') this.#tasks.pools.open();
  }

  /** The same for processes (atasker: `set_mp_pool`, `create_mp_pool`). */
  setMpPool(options: ProcessPoolOptions): void {
    this.#tasks.pools.setProcessPool(options);
    if (this.#state === 'active') this.#tasks.pools.open();
  }

  /** Limits of the async tasks, at any time; absent ones keep their value. */
  setAsyncPool(options: AsyncPoolOptions): void {
    this.#tasks.pools.setAsyncPool(options);
  }

  /** The task of this id; undefined once it has ended: nothing is kept of ended tasks. */
  getTask(id: string): Task | undefined {
    return this.#tasks.live.find(id);
  }

  /** The tasks that have not ended, by id; only those of one type if it is named. */
  getTasks(tt?: TaskType): Map<string, Task> {
    if (tt !== undefined) checkOneOf('tt', tt, TASK_TYPES);
    return this.#tasks.live.byId((task) => tt === undefined || task.tt === tt);
  }

  /**
   * Makes a task by hand (atasker: `put_task`); nothing has to be reported when it is done.
   *
   * @throws TaskError `ERR_NAME_IN_USE` if a living task has the id; TypeError, RangeError for a wrong option.
   * @example
   * const task = taskSupervisor.putTask({ target: resize, args: [image, 320], taskId: 'cover' });
   */
  putTask<F extends AnyFn>(options: PutTaskOptions<F>): TaskOf<ReturnType<F>> {
    return hostFor(this).submit(putCall(options)) as TaskOf<ReturnType<F>>;
  }

  /** A frozen record of pools, tasks and totals. With `tasks: false` it is cheap whatever waits. */
  getInfo(options: InfoOptions = {}): SupervisorInfo {
    checkKeys('getInfo options', options, ['tt', 'tasks']);
    if (options.tt !== undefined) checkOneOf('tt', options.tt, TASK_TYPES);
    const now = this.#settings.clock.now();
    const owned = { services: this.#services, aloops: this.#aloops };
    return supervisorInfo(this.id, this.#state === 'active', this.#tasks, owned, now, options);
  }

  /** Calls the listener at each event; its errors go to the event `error`. */
  on<E extends keyof SupervisorEvents>(event: E, listener: Listener<E>): this {
    return this.#listen(event, listener, false);
  }

  /** Calls the listener at the next such event only. */
  once<E extends keyof SupervisorEvents>(event: E, listener: Listener<E>): this {
    return this.#listen(event, listener, true);
  }

  /** Takes a listener away. */
  off<E extends keyof SupervisorEvents>(event: E, listener: Listener<E>): this {
    this.#events.remove(event, listener);
    return this;
  }

  /** After what time of waiting a late start is reported. @defaultValue `'5s'` */
  get timeoutWarning(): Duration {
    return this.#settings.timeoutWarning;
  }

  set timeoutWarning(value: Duration) {
    checkDuration('timeoutWarning', value);
    this.#settings.timeoutWarning = value;
    this.#watchLateStarts();
  }

  /** The same, for something worse. @defaultValue `'10s'` */
  get timeoutCritical(): Duration {
    return this.#settings.timeoutCritical;
  }

  set timeoutCritical(value: Duration) {
    checkDuration('timeoutCritical', value);
    this.#settings.timeoutCritical = value;
    this.#watchLateStarts();
  }

  /** Called with a task that has waited longer than `timeoutWarning`, while it waits, once. */
  get timeoutWarningFunc(): ((task: Task) => unknown) | null {
    return this.#settings.timeoutWarningFunc;
  }

  set timeoutWarningFunc(value: ((task: Task) => unknown) | null) {
    this.#settings.timeoutWarningFunc = value === null ? null : checkFunction('timeoutWarningFunc', value);
    this.#watchLateStarts();
  }

  /** Called with a task that has waited longer than `timeoutCritical`, while it waits, once. */
  get timeoutCriticalFunc(): ((task: Task) => unknown) | null {
    return this.#settings.timeoutCriticalFunc;
  }

  set timeoutCriticalFunc(value: ((task: Task) => unknown) | null) {
    this.#settings.timeoutCriticalFunc = value === null ? null : checkFunction('timeoutCriticalFunc', value);
    this.#watchLateStarts();
  }

  /** Has a scheduler of your own stopped with this supervisor; calls its `loop()`, if it has one (atasker: `register_scheduler`). */
  registerScheduler(scheduler: Scheduler): void {
    if (!isPoolThread) this.#services.schedulers.register(scheduler);
  }

  /** Takes it back, without stopping it. @returns false if it was not registered */
  unregisterScheduler(scheduler: Scheduler): boolean {
    return this.#services.schedulers.unregister(scheduler);
  }

  /** Makes a named event loop in a thread of its own (atasker: `create_aloop`). @throws TaskError `ERR_NAME_IN_USE` */
  createAloop(name: string, options: AloopOptions = {}): Aloop {
    return this.#aloops.create(name, options);
  }

  /** Starts an aloop that was made with `start: false`, or has stopped. @throws TaskError `ERR_NO_ALOOP` */
  startAloop(name: string): void {
    this.#aloops.start(name);
  }

  /** The same as its `stop()`. @throws TaskError `ERR_NO_ALOOP` */
  stopAloop(name: string, options: AloopStopOptions = {}): Promise<void> {
    return this.#aloops.stop(name, options);
  }

  /** The aloop of this name, or without a name the default one; undefined if there is none. */
  getAloop(name?: string): Aloop | undefined {
    return this.#aloops.find(name);
  }

  /** Where async tasks run that name no loop; null: on the event loop of the caller. @throws TaskError `ERR_NO_ALOOP` */
  setDefaultAloop(aloop: Aloop | string | null): void {
    this.#aloops.setDefault(aloop);
  }

  /** Makes a scheduler of jobs (atasker: `create_async_job_scheduler`). */
  createAsyncJobScheduler(name: string, options: AsyncJobSchedulerOptions = {}): AsyncJobScheduler {
    return this.#jobs.create(name, options);
  }

  /** Makes a job of a scheduler, and returns it at once (atasker: `create_async_job`). */
  createAsyncJob<F extends AnyFn>(options: CreateAsyncJobOptions<F>): AsyncJob {
    return this.#jobs.createJob(options);
  }

  /** The same as `job.cancel()` (atasker: `cancel_async_job`). */
  cancelAsyncJob(options: { readonly job: AsyncJob }): boolean {
    return cancelJob(options?.job);
  }

  /** For workers and job schedulers: what they get from their supervisor. */
  get services(): ServiceHost {
    return this.#services;
  }

  /** For task functions: makes a task of a call. */
  submit(call: Call): Task {
    return this.#tasks.submit(call);
  }

  /** For lockers. */
  get locks(): LockAuthority {
    return this.#tasks.locks;
  }

  /** For task functions: how many inputs a map has out. */
  concurrency(tt: TaskType, loop?: string | null): number {
    return this.#tasks.concurrency(tt, loop);
  }

  /** The first task starts it; while it stops it still takes what running tasks call. */
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
    await Promise.resolve(); // a listener that hears of what follows may call stop() too
    this.#tasks.cancelDelayed(this.#refusal('was stopped'));
    const giveUpAt = this.#settings.clock.now() + waitMs;
    const late = waitMs === Infinity ? null : this.#alarms.at(giveUpAt, () => this.#cancelAll());
    await this.#services.stop(stopSchedulers);
    await this.#tasks.live.whenEmpty();
    if (late !== null) this.#alarms.cancel(late);
    await this.#aloops.close();
    await this.#tasks.pools.close();
    this.#state = move(SUPERVISOR, this.#state, 'stopped');
    this.#tasks.keepAlive.release();
    this.#tasks.keepAlive.close();
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

  /** Somebody wants to know of late starts from now on: also of tasks that wait already. */
  #watchLateStarts(): void {
    for (const task of each(this.#tasks.waiting())) this.#lateStarts.watch(task);
  }

  #reportLateStart(level: LateStart, task: TaskHandle): void {
    this.#tasks.reports.tell(level, task);
    this.#tasks.reports.guard(`${level}Func`, () => this.#funcOf(level)?.(task));
  }

  #funcOf(level: LateStart): ((task: Task) => unknown) | null {
    return level === 'timeoutWarning' ? this.#settings.timeoutWarningFunc : this.#settings.timeoutCriticalFunc;
  }
}
