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

/** The options of tasks that an aloop runs: the aloop itself determines `tt`, `loop` and `supervisor`. */
export type AloopTaskOptions<R = unknown> = Omit<TaskOptions<R>, 'tt' | 'loop' | 'supervisor'>;

/** Options of `stop()` of an aloop. */
export interface AloopStopOptions {
  /**
   * How long to wait for queued and running tasks; the rest is then cancelled. `true`: without a limit. @defaultValue
   * `true`
   */
  wait?: boolean | Duration | undefined;
  /** Whether to cancel the tasks of the aloop at once. @defaultValue `false` */
  cancelTasks?: boolean | undefined;
}

/** The state of an aloop at one moment, without its pool. */
export interface AloopState {
  /** The name of the aloop. */
  readonly name: string;
  /** The state of the aloop between start and stop. */
  readonly state: SupervisorState;
  /** Whether the program may end by itself while the aloop waits for tasks. */
  readonly daemon: boolean;
  /** Whether async tasks that name no loop run on this aloop. */
  readonly isDefault: boolean;
}

/** What an aloop needs from its supervisor. */
export interface AloopOwner {
  readonly supervisor: Host;
  /** Whether this aloop is the default aloop of the supervisor. */
  isDefault(aloop: Aloop): boolean;
  isCurrent(aloop: Aloop): boolean;
  setPool(aloop: Aloop, options: AloopPoolOptions): void;
  /** Starts the thread of the aloop, and the supervisor if it is new. @throws TaskError `ERR_SUPERVISOR_STOPPED` */
  open(aloop: Aloop): void;
  /**
   * Resolves when all tasks of the aloop and its thread have ended. After `waitMs` ms the remaining tasks are
   * cancelled.
   */
  close(aloop: Aloop, waitMs: number): Promise<void>;
  cancelAll(aloop: Aloop): void;
  /** Keeps the process alive until the returned function is called. */
  hold(): () => void;
}

/**
 * A named event loop in a thread of its own (atasker: `ALoop`). Any number of async tasks run side by side on an aloop,
 * and a task finds what earlier tasks have left in `g` or `threadLocal`. `supervisor.createAloop(name)` makes an aloop.
 */
export class Aloop implements AsyncDisposable {
  /** The name of the aloop, also for the option `loop` of tasks. */
  readonly name: string;
  /** Whether the program may end by itself while the aloop waits for tasks. */
  readonly daemon: boolean;
  readonly #owner: AloopOwner;
  #state: SupervisorState = 'new';
  #isCanceled = false;
  #stopping: Promise<void> | null = null;
  #release: (() => void) | null = null;

  /** @internal Supervisors make aloops. */
  constructor(name: string, daemon: boolean, owner: AloopOwner) {
    this.name = name;
    this.daemon = daemon;
    this.#owner = owner;
  }

  /** Whether async tasks that name no loop run on this aloop. */
  get isDefault(): boolean {
    return this.#owner.isDefault(this);
  }

  /** Whether the aloop has been started and has not been stopped. */
  isActive(): boolean {
    return this.#state === 'active';
  }

  /**
   * Calls a function on this loop and returns its result (atasker: `run`). Another thread must be able to find the
   * function: it is a task function, or was given to `backgroundTask` at the top level of its module.
   *
   * @throws TypeError with code `ERR_INVALID_OPTION` for any other function.
   * @example
   * const pages = await Promise.all(urls.map((url) => loop.run(fetchPage, url)));
   */
  run<F extends AnyFn>(fn: F | TaskFunction<F>, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> {
    const call = callOf(fn as AnyFn, args, { loop: this.name });
    const task = hostFor(this.#owner.supervisor).submit(call) as TaskHandle;
    return task.then() as Promise<Awaited<ReturnType<F>>>;
  }

  /**
   * Makes a background task that runs on this loop (atasker: `background_task`). Call it at the top level of a module.
   *
   * @example
   * const fetchPage = loop.backgroundTask(async function fetchPage(url: string) {…});
   */
  backgroundTask<F extends AnyFn>(fn: F, options: AloopTaskOptions<Awaited<ReturnType<F>>> = {}): TaskFunction<F> {
    return backgroundTask(fn, { ...options, loop: this.name, supervisor: this.#owner.supervisor });
  }

  /** Changes limits, and options of threads that start from now on; options that are absent keep their value. */
  setPool(options: AloopPoolOptions): void {
    if (!isPoolThread) this.#owner.setPool(this, options);
  }

  /** Starts the thread of an aloop that was made with `start: false` or has stopped. */
  start(): void {
    if (isPoolThread || this.#state === 'active') return;
    if (this.#state === 'stopping' || !this.#owner.isCurrent(this)) throw this.#refusal();
    this.#owner.open(this);
    this.#state = move(SUPERVISOR, this.#state, 'active');
    this.#isCanceled = false;
    this.#stopping = null;
    if (!this.daemon) this.#release = this.#owner.hold();
  }

  /**
   * Stops the aloop: it takes no new task, cancels tasks that are not due yet, lets all others finish, and ends its
   * thread. If the aloop was never started, its waiting tasks are cancelled. A second call returns the same promise
   * (`cancelTasks` still cancels tasks). A task on this loop cannot wait for the stop.
   *
   * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option; TaskError `ERR_NO_ALOOP` to a task
   * in a thread.
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

  /** @internal Throws if the aloop takes no task now. */
  check(isChild: boolean): void {
    const isOpen = this.#state === 'new' || this.#state === 'active';
    if (!isOpen && !(this.#state === 'stopping' && isChild && !this.#isCanceled)) throw this.#refusal();
  }

  /** @internal Cancels the tasks of the aloop; from then on the aloop takes no tasks. */
  cancelAll(): void {
    this.#isCanceled = true;
    this.#owner.cancelAll(this);
  }

  /** @internal For `getInfo()`. */
  state(): AloopState {
    const { name, daemon, isDefault } = this;
    return { name, state: this.#state, daemon, isDefault };
  }

  async #stop(waitMs: number): Promise<void> {
    this.#release ??= this.#owner.hold();
    await this.#owner.close(this, waitMs);
    this.#state = move(SUPERVISOR, this.#state, 'stopped');
    this.#release();
    this.#release = null;
  }

  #refusal(): TaskError {
    const fact = this.#state === 'stopping' ? 'is stopping' : 'has stopped; startAloop() starts it again';
    return new TaskError('ERR_NO_ALOOP', `aloop ${this.name} ${fact}`);
  }
}

/** What `stop()` does in a pool thread: a module that the thread evaluates waits forever; a task gets an error. */
function inThread(name: string): Promise<never> {
  if (contexts.getStore() === undefined) return neverSettles('stop()');
  const fact = `aloop ${name} cannot be stopped by a task in a thread or process: call stop() where the supervisor is`;
  return unawaitedRejection(new TaskError('ERR_NO_ALOOP', fact));
}
