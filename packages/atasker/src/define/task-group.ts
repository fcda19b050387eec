import { checkKeys, show, type AnyFn, type Duration } from '../common/check.ts';
import { invalidOption, TaskError } from '../common/errors.ts';
import { TaskStatus } from '../core/lifecycle.ts';
import { apply, listOf, promiseThen } from '../platform/methods.ts';
import { abort, AbortController, signalOf } from '../platform/node.ts';
import { Promise, Set, Symbol } from '../platform/primordials.ts';
import type { Task } from '../task/task.ts';
import { ownFailures, type Failing } from '../task/unobserved.ts';
import { isTaskFunction, type TaskFunction, type TaskOf } from './background-task.ts';
import { checkWaitLimits, WaitWatch, type WaitLimits } from './wait-limits.ts';

/** Options of `taskGroup`. */
export interface TaskGroupOptions {
  /** How long the group may last; then it fails with `ERR_WAIT_TIMEOUT`. @defaultValue no limit */
  timeout?: Duration | undefined;
  /** A signal that ends the group: `wait()` rejects with its reason. @defaultValue none */
  signal?: AbortSignal | undefined;
}

/**
 * Tasks that belong together, like a TaskGroup of asyncio or anyio. The first task that fails cancels the others. A
 * task that is cancelled does not count as failed.
 */
export interface TaskGroup {
  /** How many tasks of the group have not ended. */
  readonly size: number;
  /**
   * Calls a task function; its task belongs to the group. Tasks may be started at any time, also by tasks of the group.
   * Once the group has failed, was cancelled or has ended, the task is cancelled before it is queued.
   *
   * @throws TypeError `ERR_INVALID_OPTION` if `fn` is not a task function.
   */
  start<F extends AnyFn>(fn: TaskFunction<F>, ...args: Parameters<F>): TaskOf<ReturnType<F>>;
  /** Cancels all tasks of the group, and those that are started later. The group has not failed then. */
  cancel(reason?: unknown): void;
  /**
   * Waits until all tasks of the group have ended, also those that are started meanwhile. Then the group has ended.
   * Rejects with the first failure once all tasks have ended.
   *
   * @throws TimeoutError `ERR_WAIT_TIMEOUT` if `timeout` has passed.
   */
  wait(): Promise<void>;
  /** The same as `wait()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a group of tasks that end together.
 *
 * @example
 * const group = taskGroup({ timeout: '10s' });
 * for (const image of images) group.start(resize, image, 320);
 * await group.wait();
 */
export function taskGroup(options: TaskGroupOptions = {}): TaskGroup {
  checkKeys('taskGroup options', options, ['timeout', 'signal']);
  return new Group(checkWaitLimits(options));
}

class Group implements TaskGroup, Failing {
  readonly unseenWarning = 'a task group failed and nobody waited for it: call wait()';
  readonly #tasks = new Set<Task>();
  /** Null while it is made. */
  #watch: WaitWatch | null = null;
  /** Why no more tasks are started; null as long as tasks may be started. */
  #end: { readonly reason: unknown } | null = null;
  #failure: { readonly error: unknown } | null = null;
  #isAwaited = false;

  constructor(limits: WaitLimits) {
    const fail = (error: unknown): void => this.#fail(error);
    this.#watch = new WaitWatch(limits, 'the task group had not ended', { aborted: fail, timedOut: fail });
  }

  get size(): number {
    return this.#tasks.size;
  }

  start<F extends AnyFn>(fn: TaskFunction<F>, ...args: Parameters<F>): TaskOf<ReturnType<F>> {
    if (!isTaskFunction(fn)) throw invalidOption('type', `start takes a task function, got ${show(fn)}`);
    const task = apply(this.#end === null ? fn : fn.with({ signal: abortedBy(this.#end.reason) }), undefined, args);
    this.#tasks.add(task);
    void promiseThen(
      task,
      () => this.#tasks.delete(task),
      (error) => {
        this.#tasks.delete(task);
        if (task.status !== TaskStatus.canceled) this.#fail(error);
      },
    );
    return task as TaskOf<ReturnType<F>>;
  }

  cancel(reason?: unknown): void {
    this.#end ??= { reason };
    this.#watch?.end();
    for (const task of this.#tasks) task.cancel(reason);
  }

  async wait(): Promise<void> {
    this.#isAwaited = true;
    ownFailures.seen(this);
    while (this.#tasks.size > 0) await Promise.allSettled(listOf(this.#tasks));
    this.#end ??= { reason: new TaskError('ERR_TASK_REJECTED', 'the task group has ended') };
    this.#watch?.end();
    if (this.#failure !== null) throw this.#failure.error;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.wait();
  }

  peekError(): unknown {
    return this.#failure?.error;
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    if (!this.#isAwaited) ownFailures.add(this);
    this.cancel(error);
  }
}

function abortedBy(reason: unknown): AbortSignal {
  const controller = new AbortController();
  abort(controller, reason);
  return signalOf(controller);
}
