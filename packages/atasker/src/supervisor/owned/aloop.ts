import { checkBoolean, checkDuration, checkKeys, type AnyFn, type Duration } from '../../common/check.ts';
import { TaskError } from '../../common/errors.ts';
import { move, SUPERVISOR, type SupervisorState } from '../../core/lifecycle.ts';
import { backgroundTask, type TaskFunction } from '../../define/background-task.ts';
import { callOf } from '../../define/call-of.ts';
import { hostFor } from '../../define/host.ts';
import type { TaskOptions } from '../../define/task-options.ts';
import type { AloopPoolOptions } from '../../pool/options.ts';
import { contexts } from '../../task/context.ts';

import { Symbol } from '../../platform/primordials.ts';
import { isPoolThread } from '../../common/role.ts';
import { neverSettles } from '../../define/standstill.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Host } from '../../task/task.ts';
import { unawaitedRejection } from '../../common/thenable.ts';

/** The options of tasks that an aloop runs: where they run is said already. */
export type AloopTaskOptions<R = unknown> = Omit<TaskOptions<R>, 'tt' | 'loop' | 'supervisor'>;

/** Options of `stop()` of an aloop. */
export interface AloopStopOptions {
  /** How long to wait for queued and running tasks; then the rest is cancelled. `true`: as long as it takes. @defaultValue `true` */
  wait?: boolean | Duration | undefined;
  /** Cancel its tasks at once. @defaultValue `false` */
  cancelTasks?: boolean | undefined;
}

/** An aloop at one moment, without its pool. */
export interface AloopState {
  /** What it is called. */
  readonly name: string;
  /** Where it is between start and stop. */
  readonly state: SupervisorState;
  /** Whether the program may end while it waits for tasks. */
  readonly daemon: boolean;
  /** Whether async tasks that name no loop run here. */
  readonly isDefault: boolean;
}

/** What an aloop needs of its supervisor. */
export interface AloopHost {
  readonly supervisor: Host;
  /** Whether this aloop is the default one, and the one of its name. */
  isDefault(aloop: Aloop): boolean;
  isCurrent(aloop: Aloop): boolean;
  setPool(aloop: Aloop, options: AloopPoolOptions): void;
  /** Starts its thread, and that of the supervisor if that is new; @throws TaskError `ERR_SUPERVISOR_STOPPED` */
  open(aloop: Aloop): void;
  /** Resolves when all its tasks have ended, and its thread. After `waitMs` they are cancelled. */
  close(aloop: Aloop, waitMs: number): Promise<void>;
  cancelAll(aloop: Aloop): void;
  /** Keeps the process alive until what it returns is called. */
  hold(): () => void;
}

/**
 * A named event loop in a thread of its own (atasker: `ALoop`). Any number of async tasks run there side by side,
 * and find again what they have left in `g` or `threadLocal`. `supervisor.createAloop(name)` makes one.
 */
export class Aloop implements AsyncDisposable {
  /** What it is called, also in the option `loop` of tasks. */
  readonly name: string;
  /** Whether the program may end while it waits for tasks. */
  readonly daemon: boolean;
  readonly #host: AloopHost;
  #state: SupervisorState = 'new';
  #isCanceled = false;
  #stopping: Promise<void> | null = null;
  #release: (() => void) | null = null;

  /** @internal A supervisor does it. */
  constructor(name: string, daemon: boolean, host: AloopHost) {
    this.name = name;
    this.daemon = daemon;
    this.#host = host;
  }

  /** Whether tasks that name no loop run here, if they are async. */
  get isDefault(): boolean {
    return this.#host.isDefault(this);
  }

  /** Whether it has been started and not been stopped. */
  isActive(): boolean {
    return this.#state === 'active';
  }

  /**
   * Calls a function on this loop and gives its result (atasker: `run`). Like a task function it has to be found
   * in another thread: it is one, or was given to `backgroundTask` at the top of its file.
   *
   * @throws TypeError with code `ERR_INVALID_OPTION` for another function.
   * @example
   * const pages = await Promise.all(urls.map((url) => loop.run(fetchPage, url)));
   */
  run<F extends AnyFn>(fn: F | TaskFunction<F>, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> {
    const call = callOf(fn as AnyFn, args, { loop: this.name });
    const task = hostFor(this.#host.supervisor).submit(call) as TaskHandle;
    return task.then() as Promise<Awaited<ReturnType<F>>>;
  }

  /**
   * Makes a background task that runs on this loop (atasker: `background_task`). Call it at the top level of a module.
   *
   * @example
   * const fetchPage = loop.backgroundTask(async function fetchPage(url: string) {…});
   */
  backgroundTask<F extends AnyFn>(fn: F, options: AloopTaskOptions<Awaited<ReturnType<F>>> = {}): TaskFunction<F> {
    return backgroundTask(fn, { ...options, loop: this.name, supervisor: this.#host.supervisor });
  }

  /** Limits, and options of the threads that are started from now on; absent ones keep their value. */
  setPool(options: AloopPoolOptions): void {
    if (!isPoolThread) this.#host.setPool(this, options);
  }

  /** Starts its thread, if it was made with `start: false` or has stopped. */
  start(): void {
    if (isPoolThread || this.#state === 'active') return;
    if (this.#state === 'stopping' || !this.#host.isCurrent(this)) throw this.#refusal();
    this.#host.open(this);
    this.#state = move(SUPERVISOR, this.#state, 'active');
    this.#isCanceled = false;
    this.#stopping = null;
    if (!this.daemon) this.#release = this.#host.hold();
  }

  /**
   * Ends it: takes no new task, cancels those that are not due yet, lets the others finish, and ends the thread.
   * What waits for a loop that was never started is cancelled. A second call returns the same promise (with
   * `cancelTasks` it still cancels). A task on this loop cannot wait for that.
   *
   * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option; TaskError `ERR_NO_ALOOP` to a task in a thread.
   */
  stop(options: AloopStopOptions = {}): Promise<void> {
    checkKeys('stop options', options, ['wait', 'cancelTasks']);
    const { wait = true, cancelTasks = false } = options;
    const waitMs = typeof wait === 'boolean' ? (wait ? Infinity : 0) : checkDuration('wait', wait);
    checkBoolean('cancelTasks', cancelTasks);
    if (isPoolThread) return inThread(this.name);
    if (this.#state !== 'stopping' && this.#state !== 'stopped') {
      if (this.#state === 'new') this.cancelAll();
      this.#state = move(SUPERVISOR, this.#state, 'stopping');
      this.#stopping = this.#stop(waitMs);
    }
    if (cancelTasks && this.#state === 'stopping') this.cancelAll();
    return this.#stopping!;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @internal Throws if it takes no task now. */
  check(isChild: boolean): void {
    const isOpen = this.#state === 'new' || this.#state === 'active';
    if (!isOpen && !(this.#state === 'stopping' && isChild && !this.#isCanceled)) throw this.#refusal();
  }

  /** @internal Cancels its tasks, and takes no others. */
  cancelAll(): void {
    this.#isCanceled = true;
    this.#host.cancelAll(this);
  }

  /** @internal For `getInfo()`. */
  state(): AloopState {
    const { name, daemon, isDefault } = this;
    return { name, state: this.#state, daemon, isDefault };
  }

  async #stop(waitMs: number): Promise<void> {
    this.#release ??= this.#host.hold();
    await this.#host.close(this, waitMs);
    this.#state = move(SUPERVISOR, this.#state, 'stopped');
    this.#release();
    this.#release = null;
  }

  #refusal(): TaskError {
    const fact = this.#state === 'stopping' ? 'is stopping' : 'has stopped; startAloop() starts it again';
    return new TaskError('ERR_NO_ALOOP', `aloop ${this.name} ${fact}`);
  }
}

/** A module that a thread evaluates waits there for ever; a task is told. */
function inThread(name: string): Promise<never> {
  if (contexts.getStore() === undefined) return neverSettles('stop()');
  const fact = `aloop ${name} cannot be stopped by a task in a thread or process: call stop() where the supervisor is`;
  return unawaitedRejection(new TaskError('ERR_NO_ALOOP', fact));
}
