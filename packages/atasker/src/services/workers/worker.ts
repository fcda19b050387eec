import { givenOptions, type AnyFn } from '../../common/check.ts';
import { isTaskError } from '../../common/errors.ts';
import { isPoolThread } from '../../common/role.ts';
import { isThenable } from '../../common/thenable.ts';
import { move, WORKER, type WorkerState } from '../../core/lifecycle.ts';
import { defaultHost } from '../../define/host.ts';
import { ServiceCalls, signalOfRun, withoutCaller } from '../../define/service-calls.ts';
import { suspect } from '../../define/standstill.ts';
import { arrayPush, arraySome, arraySplice, each, promiseCatch, promiseThen } from '../../platform/methods.ts';
import { Object, Promise, Reflect, Symbol, TypeError } from '../../platform/primordials.ts';
import {
  servicesOf,
  workerStopSettings,
  type WorkerInfo,
  type WorkerKind,
  type WorkerService,
  type WorkerStopOptions,
  type WorkerStopReason,
} from '../service.ts';
import { settlesWithin } from '../time-limit.ts';
import { Life } from './life.ts';
import { Pulse, type Execute, type PulseOwner } from './pulse.ts';
import type { Rhythm } from './rhythm.ts';
import {
  checkOnLoop,
  checkWorkerOptions,
  register,
  stillStops,
  type Starter,
  type WorkerOptions,
} from './worker-options.ts';

/** The common part of all background workers: life, hooks, failures. Its rhythm decides when a worker executes. */
export abstract class AbstractWorker<
  O extends WorkerOptions,
  A extends unknown[],
  StartOptions extends WorkerOptions = O,
  Given extends unknown[] = A,
>
  implements WorkerService, AsyncDisposable
{
  readonly #options: O;
  readonly #rhythm: Rhythm<O>;
  #state: WorkerState = 'stopped';
  #name: string | null = null;
  #isPaused = false;
  /** The present life of the worker, or the last one. */
  #life: Life<O> | null = null;
  #pulse: Pulse | null = null;
  readonly #calls: ServiceCalls = new ServiceCalls(this, null);
  /** Settles when the last start is over, successful or not. */
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  /** The start that a `restart()` makes after the stop; null if there is none, or if a `stop()` has cancelled it. */
  #restarting: Promise<void> | null = null;
  readonly #whenStopped: (() => void)[] = [];

  protected constructor(options: O, rhythm: Rhythm<O>) {
    checkWorkerOptions(rhythm.kind, options, rhythm.keys);
    rhythm.check(options);
    rhythm.belongsTo(this.#calls);
    this.#options = { ...options }; // getters of the user are read once
    this.#rhythm = rhythm;
  }

  /** The name of the worker, unique in its supervisor while the worker is active. */
  get name(): string {
    return this.#name ?? this.#current.name ?? this.#ownName;
  }

  /** The kind of the worker. */
  get kind(): WorkerKind {
    return this.#rhythm.kind;
  }

  /** The object of the option `o`. */
  get o(): unknown {
    return this.#current.o;
  }

  /** When the last execution since the start began, in epoch milliseconds, or null (atasker: `last_executed`). */
  get lastExecuted(): number | null {
    return this.#pulse?.lastExecuted ?? null;
  }

  /**
   * The signal of the execution that reads this property: it aborts when the execution has run for `timeout`. Undefined
   * for all other code, and without `timeout`. A task function reads `currentTask().signal`.
   */
  get signal(): AbortSignal | undefined {
    return signalOfRun(this);
  }

  /** Whether the executor function runs now. */
  get isBusy(): boolean {
    return (this.#pulse?.running ?? 0) > 0;
  }

  /**
   * The executor function. Extend the class with a method, which runs in this thread, or with a task function as the
   * property `run`, which runs as a task of its type. A result of false stops the worker.
   */
  protected run(..._args: Given): unknown {
    throw new TypeError(`worker ${this.name} has no executor: define run()`);
  }

  /** Gets the result of a task function `run`; its own result or error counts as that of the executor function. */
  protected processResult(_result: unknown): unknown {
    return undefined;
  }

  /** Called at a start; a promise is awaited. If this hook fails, the worker does not start. */
  protected beforeStart(): unknown {
    return undefined;
  }

  /** Called when the worker has started. */
  protected afterStart(): unknown {
    return undefined;
  }

  /** Called at a stop. */
  protected beforeStop(): unknown {
    return undefined;
  }

  /** Called when no code of the worker runs any more; a promise is awaited. */
  protected afterStop(): unknown {
    return undefined;
  }

  /**
   * Starts the worker; every execution gets the arguments. An active worker just goes on. In a pool thread the call
   * does nothing, because the thread evaluates the modules of its tasks only for their definitions.
   *
   * @throws TaskError `ERR_NAME_IN_USE`, `ERR_WORKER_STOPPING`, `ERR_SUPERVISOR_STOPPED`, or the error of
   * `beforeStart`.
   */
  start(...args: A): this {
    this.#start(this.#options, args);
    return this;
  }

  /** Options for one start, over those of the worker: `worker.with({ priority: 'low' }).start()`. */
  with(options: StartOptions): Starter<A, this> {
    checkWorkerOptions(this.kind, options, this.#rhythm.startKeys);
    const merged = this.merge(this.#options, options);
    this.#rhythm.check(merged);
    return {
      start: (...args) => {
        this.#start(merged, args);
        return this;
      },
    };
  }

  /**
   * Stops the worker: no further execution begins. A second call with `drain: false` ends a drain. A call by the
   * executor function or a hook of the worker does not wait.
   *
   * @returns whether the worker has stopped; false if the stop goes on, because of `wait` or a call by its code.
   * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
   */
  async stop(options: WorkerStopOptions = {}): Promise<boolean> {
    const { waitMs, drain } = workerStopSettings(options);
    this.#restarting = null;
    if (this.#state === 'stopped') {
      this.#rhythm.halted(); // rejects calls that wait for a worker that was never started
      return true;
    }
    this.#beginStop('stop', drain);
    if (waitMs === 0 || this.#calls.isAwaitingCaller()) return this.isStopped();
    return await this.#calls.noteWaiting(settlesWithin(this.#life!.host, this.#stopping!, waitMs));
  }

  /**
   * Stops the worker and starts it again with the same arguments and options, if it was ever started. A call by the
   * executor function or a hook of the worker does not wait. A `stop()` in the meantime cancels the start.
   */
  async restart(): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    if (this.#state === 'stopped') return this.#start(life.options, life.args as A);
    this.#beginStop('stop', false);
    this.#restarting ??= this.#startAgain(life);
    if (!this.#calls.isAwaitingCaller()) return await this.#calls.noteWaiting(this.#restarting);
    void promiseCatch(this.#restarting, (error: unknown) =>
      life.host.userError(error, `restart of worker ${this.name}`),
    );
  }

  /**
   * Keeps the process alive, and resolves when something has stopped the worker (atasker: `wait_until_stop`).
   *
   * @throws TaskError `ERR_WORKER_DEADLOCK` to the executor function or a hook, which would wait for itself.
   */
  async waitUntilStop(): Promise<void> {
    this.#calls.refuseToAwait('waitUntilStop()');
    if (this.#state === 'stopped') return;
    const release = this.#life!.host.hold();
    await this.#calls.noteWaiting(new Promise((resolve) => arrayPush(this.#whenStopped, () => resolve(null))));
    release();
  }

  /**
   * Resolves when no execution of the worker runs: at once, or when the present ones have ended. After `pause()` it
   * waits for what runs.
   *
   * @throws TaskError `ERR_WORKER_DEADLOCK` to the executor function or a hook, which would wait for itself.
   */
  async waitIdle(): Promise<void> {
    this.#calls.refuseToAwait('waitIdle()');
    if (this.#pulse !== null) await this.#calls.noteWaiting(this.#pulse.whenIdle());
  }

  /** Begins no further execution until `resume()`; running executions go on. */
  pause(): void {
    if (!this.isActive()) return;
    this.#isPaused = true;
    this.#pulse!.pause();
  }

  /** Ends a pause. */
  resume(): void {
    if (!this.isActive() || !this.#isPaused) return;
    this.#isPaused = false;
    if (this.#state === 'started') this.#pulse!.resume();
  }

  /** Whether the worker has been started and not been stopped; a paused worker is active, too. */
  isActive(): boolean {
    return this.#state === 'starting' || this.#state === 'started';
  }

  /** Whether the start of the worker is complete. */
  isStarted(): boolean {
    return this.#state === 'started';
  }

  /** Whether the worker is stopped: no code of the worker runs any more. */
  isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** The state of the worker at this moment. */
  info(): WorkerInfo {
    const { name, kind } = this;
    const { running = 0, runs = 0, failures = 0 } = this.#pulse?.counts ?? {};
    const { lastExecuted } = this;
    const isStarted = this.#state === 'started';
    const backOff = isStarted ? this.#pulse!.backOffMs : 0;
    const nextRun = isStarted ? this.#pulse!.nextRun : null;
    const { skipped, queued } = this.#rhythm;
    const state = this.#state;
    const isPaused = this.#isPaused;
    return { name, kind, state, isPaused, running, runs, failures, lastExecuted, nextRun, backOff, skipped, queued };
  }

  /** @internal Stops for good, and hands its jobs over to the worker that replaces it. */
  async giveWay(to: WorkerService): Promise<void> {
    this.#restarting = null;
    this.#rhythm.willHandOver();
    this.#beginStop('replaced', false);
    await this.#stopping;
    if (to instanceof AbstractWorker) await this.#rhythm.handOver(to.#rhythm);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The options of one start: those of the worker, overridden by those of `with`. */
  protected merge(base: O, options: StartOptions): O {
    return { ...base, ...givenOptions(options) };
  }

  get #current(): WorkerOptions {
    return this.#state === 'stopped' ? this.#options : this.#life!.options;
  }

  /** The name of the user's class, or else the name of the function; `worker` if that has no name. */
  get #ownName(): string {
    const isOwnClass = Object.getPrototypeOf(this.constructor) !== AbstractWorker;
    const name: unknown = isOwnClass ? this.constructor.name : this.run.name;
    return typeof name === 'string' && name !== '' ? name : 'worker';
  }

  #start(options: O, args: A): void {
    const ownName = options.name ?? this.#ownName;
    if (isPoolThread) return suspect(`the worker ${ownName}`);
    if (this.isActive()) return;
    if (this.#state === 'stopping') throw stillStops(this.name);
    const host = servicesOf(options.supervisor ?? defaultHost());
    if (options.loop !== undefined) checkOnLoop(Reflect.get(this, 'run'), options.loop);
    host.checkLoop(options.loop);
    const { name, before } = register(host, this, options, ownName);
    this.#name = name;
    this.#state = move(WORKER, this.#state, 'starting');
    this.#isPaused = false;
    const life = new Life<O>(this, this.#calls, host, options, args);
    const execute: Execute = (given, failed) =>
      life.execute(Reflect.get(this, 'run') as AnyFn, given, (result) => this.processResult(result), failed);
    const owner: PulseOwner = {
      failed: (error, given, isAwaited) => this.#executionFailed(life, error, given[0], isAwaited),
      returnedFalse: () => this.#beginStop('returnedFalse', false),
    };
    this.#pulse = new Pulse(host, life.scope, this.#rhythm, execute, owner, options.unref ?? false);
    this.#life = life;
    this.#prepare(life, before);
  }

  #executionFailed(life: Life<O>, error: unknown, job: unknown, isAwaited: boolean): void {
    const isByStop = this.#state === 'stopping' && isTaskError(error, 'ERR_TASK_CANCELED');
    if (!isByStop) life.failed(error, job, isAwaited);
  }

  /** Completes the start at once if there is nothing to wait for. */
  #prepare(life: Life<O>, before: WorkerService | null): void {
    let endOfStart: () => void = () => {};
    this.#starting = new Promise((resolve) => (endOfStart = resolve));
    let waitsFor: unknown[];
    try {
      const begin = (): unknown => life.call(() => this.beforeStart());
      const begun = before === null ? begin() : promiseThen(before.giveWay(this), begin);
      waitsFor = [begun, this.#rhythm.prepare(life.options, life.host.clock)];
    } catch (error) {
      endOfStart();
      this.#beginStop('startFailed', false);
      throw error;
    }
    if (!arraySome(waitsFor, isThenable)) return this.#started(life, endOfStart);
    const release = life.host.hold();
    void promiseThen(
      Promise.all(waitsFor),
      () => {
        this.#started(life, endOfStart);
        release();
      },
      (error: unknown) => {
        life.failed(error, undefined);
        endOfStart();
        this.#beginStop('startFailed', false);
        release();
      },
    );
  }

  #started(life: Life<O>, endOfStart: () => void): void {
    endOfStart();
    if (this.#state !== 'starting') return; // a stop was called during the start
    this.#state = move(WORKER, this.#state, 'started');
    const pulse = this.#pulse!;
    pulse.begin();
    if (this.#isPaused) pulse.pause();
    life.host.workerStarted(this);
    life.tell('afterStart', () => this.afterStart());
  }

  /** From now on no execution begins, except for the jobs of a drain. */
  #beginStop(reason: WorkerStopReason, drain: boolean): void {
    const pulse = this.#pulse!;
    if (!drain) pulse.halt();
    if (!this.isActive()) return;
    const life = this.#life!;
    life.reason = reason;
    const drainsJobs = drain && this.#state === 'started';
    this.#state = move(WORKER, this.#state, 'stopping');
    if (drainsJobs && this.#isPaused) pulse.resume();
    this.#isPaused = false;
    let stopped: (end: Promise<void>) => void = () => {};
    this.#stopping = new Promise((resolve) => (stopped = resolve)); // for hooks that are called below
    stopped(withoutCaller(() => this.#stop(life, pulse, drainsJobs)));
  }

  async #stop(life: Life<O>, pulse: Pulse, drainsJobs: boolean): Promise<void> {
    const hasHooks = life.reason !== 'startFailed';
    const before = hasHooks ? life.hook('beforeStop', () => this.beforeStop()) : null;
    await this.#starting;
    // drained() rejects only after the pulse was halted
    if (drainsJobs) await Promise.race([promiseCatch(this.#rhythm.drained(), () => {}), pulse.whenHalted()]);
    pulse.halt();
    await pulse.whenIdle();
    await before;
    if (hasHooks) await life.hook('afterStop', () => this.afterStop());
    this.#state = move(WORKER, this.#state, 'stopped');
    this.#rhythm.halted(); // rejects calls that have begun to wait during the stop
    life.host.leave(this);
    this.#name = null;
    life.host.workerStopped(this, life.reason);
    for (const resolve of each(arraySplice(this.#whenStopped, 0))) resolve();
  }

  async #startAgain({ options, args }: Life<O>): Promise<void> {
    await this.#stopping;
    if (this.#restarting === null) return;
    this.#restarting = null;
    this.#start(options, args as A);
  }
}
