import type { AsyncResource } from 'node:async_hooks';
import { move, WORKER, type WorkerState } from '../core/lifecycle.ts';
import { isTaskFunction } from '../define/background-task.ts';
import { callOf } from '../define/call-of.ts';
import { defaultHost } from '../define/host.ts';
import { invalidOption, isTaskError, TaskError } from '../errors.ts';
import { callUserCode } from '../events.ts';
import type { AnyFn } from '../options.ts';
import { isPoolThread } from '../role.ts';
import {
  executions,
  executionScope,
  servicesOf,
  workerStopSettings,
  type ServiceHost,
  type WorkerInfo,
  type WorkerKind,
  type WorkerService,
  type WorkerStopOptions,
  type WorkerStopReason,
} from '../service.ts';
import { isThenable } from '../thenable.ts';
import { Pulse } from './pulse.ts';
import type { Rhythm } from './rhythm.ts';
import { checkWorkerOptions, type WorkerOptions } from './worker-options.ts';

/** A worker from its start to its end. */
interface Life<O> {
  readonly options: O;
  readonly host: ServiceHost;
  readonly pulse: Pulse;
  /** The async context of the start, without the task that it was called in. */
  readonly scope: AsyncResource;
  readonly args: readonly unknown[];
  reason: WorkerStopReason;
}

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
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;

  protected constructor(options: O, rhythm: Rhythm<O>) {
    checkWorkerOptions(rhythm.kind, options, rhythm.keys);
    rhythm.check(options);
    this.#options = options;
    this.#rhythm = rhythm;
  }

  /** What it is called; while it is active nobody else in its supervisor is. */
  get name(): string {
    return this.#name ?? this.#chosenName ?? this.#ownName;
  }

  get kind(): WorkerKind {
    return this.#rhythm.kind;
  }

  /** The object of the option `o`. */
  get o(): unknown {
    return this.#current.o;
  }

  /** Whether its executor runs now. */
  get isBusy(): boolean {
    return (this.#life?.pulse.running ?? 0) > 0;
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
   * executor it does not wait.
   *
   * @returns whether it has stopped; false if it still does, because of `wait` or its own executor.
   * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
   */
  async stop(options: WorkerStopOptions = {}): Promise<boolean> {
    const { waitMs, drain } = workerStopSettings(options);
    if (this.#state === 'stopped') return true;
    this.#beginStop('stop', drain);
    const isOwn = this.isBusy && executions.getStore()?.service === this;
    return this.#waitStopped(isOwn ? 0 : waitMs);
  }

  /** Stops it, and starts it with the same arguments and options. One that was never started is not. */
  async restart(): Promise<void> {
    const life = this.#life;
    await this.stop();
    if (life !== null) this.#start(life.options, life.args as A);
  }

  /** Nothing is executed until `resume()`; what runs goes on. */
  pause(): void {
    if (!this.isActive()) return;
    this.#isPaused = true;
    this.#life!.pulse.pause();
  }

  resume(): void {
    if (!this.isActive() || !this.#isPaused) return;
    this.#isPaused = false;
    if (this.#state === 'started') this.#life!.pulse.resume();
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

  info(): WorkerInfo {
    const { name, kind } = this;
    const { running = 0, runs = 0, failures = 0 } = this.#life?.pulse.counts ?? {};
    const backOff = this.#state === 'started' ? this.#life!.pulse.backOffMs : 0;
    const { skipped, queued } = this.#rhythm;
    const isPaused = this.#isPaused;
    return { name, kind, state: this.#state, isPaused, running, runs, failures, backOff, skipped, queued };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The options of one start. */
  protected merge(base: O, options: StartOptions): O {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return { ...base, ...Object.fromEntries(given) };
  }

  get #current(): WorkerOptions {
    return this.#state === 'stopped' ? this.#options : this.#life!.options;
  }

  get #chosenName(): string | undefined {
    return this.#current.name;
  }

  /** A class of the user's has a name; otherwise the function has, or it has none. */
  get #ownName(): string {
    const isOwnClass = Object.getPrototypeOf(this.constructor) !== AbstractWorker;
    const name = isOwnClass ? this.constructor.name : this.run.name;
    return name === '' ? 'worker' : name;
  }

  #start(options: O, args: A): void {
    if (isPoolThread || this.isActive()) return;
    const ownName = options.name ?? this.#ownName;
    if (this.#state === 'stopping') throw stillStops(this.name);
    const host = servicesOf(options.supervisor ?? defaultHost());
    if (options.loop !== undefined) checkOnLoop(Reflect.get(this, 'run'), options.loop);
    host.checkLoop(options.loop);
    this.#name = host.enter(this, ownName, options.name !== undefined);
    this.#state = move(WORKER, this.#state, 'starting');
    this.#isPaused = false;
    const scope = executionScope({ service: this, tasks: host.tasks });
    const events = {
      failed: (error: unknown, given: readonly unknown[]) => this.#failed(error, given),
      returnedFalse: () => this.#beginStop('returnedFalse', false),
    };
    const pulse = new Pulse(host, this.#rhythm, (given) => this.#execute(given), events);
    this.#life = { options, host, pulse, scope, args, reason: 'stop' };
    this.#prepare(this.#life);
  }

  /** Starts at once if there is nothing to wait for. */
  #prepare({ options, host }: Life<O>): void {
    let waitsFor: unknown[];
    try {
      waitsFor = [this.beforeStart(), this.#rhythm.prepare(options, host.clock)];
    } catch (error) {
      this.#beginStop('startFailed', false);
      throw error;
    }
    if (!waitsFor.some(isThenable)) return this.#started();
    const release = host.hold();
    this.#starting = Promise.all(waitsFor)
      .then(
        () => this.#started(),
        (error: unknown) => {
          this.#failed(error, []);
          this.#beginStop('startFailed', false);
        },
      )
      .finally(release);
  }

  #started(): void {
    this.#starting = null;
    if (this.#state !== 'starting') return; // a stop waits for this
    this.#state = move(WORKER, this.#state, 'started');
    const { pulse, host } = this.#life!;
    pulse.begin();
    if (this.#isPaused) pulse.pause();
    host.workerStarted(this);
    void this.#guard('afterStart', () => this.afterStart());
  }

  /** From now on nothing begins, but for what a drain still does. */
  #beginStop(reason: WorkerStopReason, drain: boolean): void {
    const { pulse } = this.#life!;
    if (!drain) pulse.halt();
    if (!this.isActive()) return;
    this.#life!.reason = reason;
    const starting = this.#starting;
    const wasStarted = this.#state === 'started';
    this.#state = move(WORKER, this.#state, 'stopping');
    if (drain && wasStarted && this.#isPaused) pulse.resume();
    this.#isPaused = false;
    this.#stopping = this.#stop(starting, drain && wasStarted);
  }

  async #stop(starting: Promise<void> | null, drain: boolean): Promise<void> {
    const { pulse, host, reason } = this.#life!;
    const hasHooks = reason !== 'startFailed';
    const before = hasHooks ? this.#guard('beforeStop', () => this.beforeStop()) : null;
    await starting;
    if (drain) await Promise.race([this.#rhythm.drained(), pulse.whenHalted()]);
    pulse.halt();
    await pulse.whenIdle();
    await before;
    if (hasHooks) await this.#guard('afterStop', () => this.afterStop());
    this.#state = move(WORKER, this.#state, 'stopped');
    host.leave(this);
    this.#name = null;
    host.workerStopped(this, reason);
  }

  #waitStopped(waitMs: number): Promise<boolean> {
    if (waitMs === 0) return Promise.resolve(this.isStopped());
    const stopped = this.#stopping!.then(() => true);
    if (waitMs === Infinity) return stopped;
    const { alarms, clock } = this.#life!.host;
    return new Promise((resolve) => {
      const alarm = alarms.at(clock.now() + waitMs, () => resolve(false));
      void stopped.then(() => {
        alarms.cancel(alarm);
        resolve(true);
      });
    });
  }

  async #execute(given: readonly unknown[]): Promise<unknown> {
    const { scope, args, options } = this.#life!;
    const all = [...given, ...args];
    const run = Reflect.get(this, 'run') as AnyFn;
    if (!isTaskFunction(run)) return scope.runInAsyncScope((): unknown => Reflect.apply(run, this, all));
    const { priority, loop } = options;
    const result: unknown = await scope.runInAsyncScope(() => run.with({ priority, loop })(...all));
    const answer: unknown = await scope.runInAsyncScope(() => this.processResult(result));
    return result === false ? false : answer;
  }

  /** Calls a hook; if it fails that is told, and the rest goes on. */
  async #guard(hook: string, call: () => unknown): Promise<void> {
    const { host, scope } = this.#life!;
    try {
      await scope.runInAsyncScope(call);
    } catch (error) {
      host.userError(error, `${hook} of worker ${this.name}`);
    }
  }

  #failed(error: unknown, [job]: readonly unknown[]): void {
    const { options, host, scope } = this.#life!;
    const { onError } = options;
    if (this.#state === 'stopping' && isTaskError(error, 'ERR_TASK_CANCELED')) return; // by the stop
    host.workerFailed(this, error, job, onError !== undefined);
    if (onError === undefined) return;
    const args: [unknown, this, unknown?] = this.kind === 'queue' ? [error, this, job] : [error, this];
    callUserCode(
      () => scope.runInAsyncScope(() => onError(...args)),
      (failure) => host.userError(failure, `onError of worker ${this.name}`),
    );
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
