import { givenOptions, type AnyFn } from '../../common/check.ts';
import { invalidOption, isTaskError, TaskError } from '../../common/errors.ts';
import { isPoolThread } from '../../common/role.ts';
import { isThenable } from '../../common/thenable.ts';
import { move, WORKER, type WorkerState } from '../../core/lifecycle.ts';
import { isTaskFunction } from '../../define/background-task.ts';
import { callOf } from '../../define/call-of.ts';
import { defaultHost } from '../../define/host.ts';
import { ServiceCalls, withoutCaller } from '../../define/service-calls.ts';
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
import { Life } from './life.ts';
import { Pulse } from './pulse.ts';
import type { Rhythm } from './rhythm.ts';
import { checkWorkerOptions, type WorkerOptions } from './worker-options.ts';

/** What `with` gives: the worker, to be started with other options. */
export interface Starter<A extends unknown[], W> {
  start(...args: A): W;
}

/** The common part of all background workers: life, hooks, failures. When one executes is the business of its rhythm. */
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
  /** The last one, or the one that goes on. */
  #life: Life<O> | null = null;
  #pulse: Pulse | null = null;
  readonly #calls: ServiceCalls = new ServiceCalls(this, null);
  /** The end of the last start, whatever came of it. */
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  /** The start that a `restart()` makes after the stop; null if there is none, or a `stop()` has taken it back. */
  #restarting: Promise<void> | null = null;
  readonly #whenStopped: (() => void)[] = [];

  protected constructor(options: O, rhythm: Rhythm<O>) {
    checkWorkerOptions(rhythm.kind, options, rhythm.keys);
    rhythm.check(options);
    rhythm.belongsTo(this.#calls);
    this.#options = { ...options }; // a getter of the user's is asked once
    this.#rhythm = rhythm;
  }

  /** What it is called; while it is active nobody else in its supervisor is. */
  get name(): string {
    return this.#name ?? this.#current.name ?? this.#ownName;
  }

  /** Which kind of worker it is. */
  get kind(): WorkerKind {
    return this.#rhythm.kind;
  }

  /** The object of the option `o`. */
  get o(): unknown {
    return this.#current.o;
  }

  /** When its last execution began, in epoch milliseconds; null if there was none since the start (atasker: `last_executed`). */
  get lastExecuted(): number | null {
    return this.#pulse?.lastExecuted ?? null;
  }

  /** Whether its executor runs now. */
  get isBusy(): boolean {
    return (this.#pulse?.running ?? 0) > 0;
  }

  /**
   * The executor. Extend the class with a method, which runs here, or with a task function as the property
   * `run`, which runs where it says. Returning false stops the worker.
   */
  protected run(..._args: Given): unknown {
    throw new TypeError(`worker ${this.name} has no executor: define run()`);
  }

  /** Gets what a task function `run` resolved with; what it returns or throws counts as the executor's. */
  protected processResult(_result: unknown): unknown {
    return undefined;
  }

  /** Called by a start; a promise is awaited. If it fails the worker does not start. */
  protected beforeStart(): unknown {
    return undefined;
  }

  /** Called when it has started. */
  protected afterStart(): unknown {
    return undefined;
  }

  /** Called by a stop. */
  protected beforeStop(): unknown {
    return undefined;
  }

  /** Called when nothing of it runs any more; a promise is awaited. */
  protected afterStop(): unknown {
    return undefined;
  }

  /**
   * Starts it; the arguments go to every execution. An active worker goes on as it is. In a pool thread it
   * does nothing, as a thread evaluates the modules of its tasks.
   *
   * @throws TaskError `ERR_NAME_IN_USE`, `ERR_WORKER_STOPPING`, `ERR_SUPERVISOR_STOPPED`, and whatever `beforeStart` throws.
   */
  start(...args: A): this {
    this.#start(this.#options, args);
    return this;
  }

  /** Other options for one start: `worker.with({ priority: 'low' }).start()`. Those it has hold for the others. */
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
   * Stops it: nothing is executed any more. A second call with `drain: false` ends a drain. Called by its own
   * executor or a hook it does not wait.
   *
   * @returns whether it has stopped; false if it still does, because of `wait` or its own code.
   * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
   */
  async stop(options: WorkerStopOptions = {}): Promise<boolean> {
    const { waitMs, drain } = workerStopSettings(options);
    this.#restarting = null;
    if (this.#state === 'stopped') {
      this.#rhythm.halted(); // whoever waits for a worker that was never started
      return true;
    }
    this.#beginStop('stop', drain);
    return this.#calls.isAwaitingCaller() ? this.isStopped() : await this.#calls.noteWaiting(this.#waitStopped(waitMs));
  }

  /**
   * Stops it, and starts it with the same arguments and options. One that was never started is not. Called by its
   * own executor or a hook it does not wait. A `stop()` meanwhile takes the start back.
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
   * Resolves when it has stopped, and keeps the process alive until then (atasker: `wait_until_stop`). It stops nothing.
   *
   * @throws TaskError `ERR_WORKER_DEADLOCK` to its own executor or a hook, which would wait for itself.
   */
  async waitUntilStop(): Promise<void> {
    this.#calls.refuseToAwait('waitUntilStop()');
    if (this.#state === 'stopped') return;
    const release = this.#life!.host.hold();
    await this.#calls.noteWaiting(new Promise((resolve) => arrayPush(this.#whenStopped, () => resolve(null))));
    release();
  }

  /** Nothing is executed until `resume()`; what runs goes on. */
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

  /** Whether it has been started and not been stopped, paused or not. */
  isActive(): boolean {
    return this.#state === 'starting' || this.#state === 'started';
  }

  /** Whether its start is complete. */
  isStarted(): boolean {
    return this.#state === 'started';
  }

  /** Whether nothing of it is left. */
  isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** What there is to know of it at this moment. */
  info(): WorkerInfo {
    const { name, kind } = this;
    const { running = 0, runs = 0, failures = 0 } = this.#pulse?.counts ?? {};
    const { lastExecuted } = this;
    const backOff = this.#state === 'started' ? this.#pulse!.backOffMs : 0;
    const { skipped, queued } = this.#rhythm;
    const isPaused = this.#isPaused;
    return {
      name,
      kind,
      state: this.#state,
      isPaused,
      running,
      runs,
      failures,
      lastExecuted,
      backOff,
      skipped,
      queued,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The options of one start. */
  protected merge(base: O, options: StartOptions): O {
    return { ...base, ...givenOptions(options) };
  }

  get #current(): WorkerOptions {
    return this.#state === 'stopped' ? this.#options : this.#life!.options;
  }

  /** A class of the user's has a name; otherwise the function has, or it has none. */
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
    this.#name = host.enter(this, ownName, options.name !== undefined);
    this.#state = move(WORKER, this.#state, 'starting');
    this.#isPaused = false;
    const life = new Life<O>(this, this.#calls, host, options, args);
    const execute = (given: readonly unknown[]): Promise<unknown> =>
      life.execute(Reflect.get(this, 'run') as AnyFn, given, (result) => this.processResult(result));
    this.#pulse = new Pulse(host, life.scope, this.#rhythm, execute, {
      failed: (error, given) => this.#executionFailed(life, error, given[0]),
      returnedFalse: () => this.#beginStop('returnedFalse', false),
    });
    this.#life = life;
    this.#prepare(life);
  }

  #executionFailed(life: Life<O>, error: unknown, job: unknown): void {
    const isByStop = this.#state === 'stopping' && isTaskError(error, 'ERR_TASK_CANCELED');
    if (!isByStop) life.failed(error, job);
  }

  /** Starts at once if there is nothing to wait for. */
  #prepare(life: Life<O>): void {
    let endOfStart: () => void = () => {};
    this.#starting = new Promise((resolve) => (endOfStart = resolve));
    let waitsFor: unknown[];
    try {
      waitsFor = [life.call(() => this.beforeStart()), this.#rhythm.prepare(life.options, life.host.clock)];
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
    if (this.#state !== 'starting') return; // a stop has waited for this
    this.#state = move(WORKER, this.#state, 'started');
    const pulse = this.#pulse!;
    pulse.begin();
    if (this.#isPaused) pulse.pause();
    life.host.workerStarted(this);
    life.tell('afterStart', () => this.afterStart());
  }

  /** From now on nothing begins, but for what a drain still does. */
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
    this.#stopping = new Promise((resolve) => (stopped = resolve)); // hooks that are called now may ask for it
    stopped(withoutCaller(() => this.#stop(life, pulse, drainsJobs)));
  }

  async #stop(life: Life<O>, pulse: Pulse, drainsJobs: boolean): Promise<void> {
    const hasHooks = life.reason !== 'startFailed';
    const before = hasHooks ? life.hook('beforeStop', () => this.beforeStop()) : null;
    await this.#starting;
    // only what halts the pulse lets it reject
    if (drainsJobs) await Promise.race([promiseCatch(this.#rhythm.drained(), () => {}), pulse.whenHalted()]);
    pulse.halt();
    await pulse.whenIdle();
    await before;
    if (hasHooks) await life.hook('afterStop', () => this.afterStop());
    this.#state = move(WORKER, this.#state, 'stopped');
    this.#rhythm.halted(); // somebody may have begun to wait during the stop
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

  #waitStopped(waitMs: number): Promise<boolean> {
    if (waitMs === 0) return Promise.resolve(this.isStopped());
    const stopped = promiseThen(this.#stopping!, () => true);
    if (waitMs === Infinity) return stopped;
    const { alarms, clock } = this.#life!.host;
    return new Promise((resolve) => {
      const alarm = alarms.at(clock.now() + waitMs, () => resolve(false));
      void promiseThen(stopped, () => {
        alarms.cancel(alarm);
        resolve(true);
      });
    });
  }
}

/** A method is bound to this thread, with all that it may use of its worker. */
function checkOnLoop(run: unknown, loop: string): void {
  if (isTaskFunction(run)) return void callOf(run, [], { loop });
  throw invalidOption('type', 'loop goes with an executor that is a task function: run = backgroundTask(…)');
}

function stillStops(name: string): TaskError {
  return new TaskError('ERR_WORKER_STOPPING', `worker ${name} is stopping; await stop() first`);
}
