import { AsyncResource } from 'node:async_hooks';
import { noContext, systemClock } from '../common/clock.ts';
import { isThenable } from '../common/thenable.ts';
import { apply, arrayPush, promiseThen } from '../platform/methods.ts';
import { AbortController, abort, runInScope, setImmediate, signalOf } from '../platform/node.ts';
import { Array, Promise } from '../platform/primordials.ts';
import { contexts, type Context, type CurrentTask } from '../task/context.ts';
import type { Outcome } from '../task/outcome.ts';
import type { TaskHandle } from '../task/task.ts';
import { toError } from '../wire/errors.ts';
import type { Executor, ExecutorEvents, ExecutorSize } from './executor.ts';

export interface EventLoopOptions {
  /** Whether tasks have a `currentTask()` and the AsyncLocalStorage context of the submitter. */
  readonly context: boolean;
}

const NONE: readonly AsyncRun[] = [];

/** After this time in ms of short tasks, the event loop gets a turn. */
const YIELD_MS = 2;

/** This many tasks begin in each turn in any case, so that the slow first call of a function delays no other task. */
const FEW_TASKS = 8;

/**
 * Runs async tasks on the event loop of this thread. All tasks that are started in one go begin in the next microtask.
 * Microtasks run before everything else, so many short tasks would delay timers and sockets: after 2 ms the remaining
 * tasks begin in the next turn of the event loop.
 */
export class EventLoop implements Executor {
  readonly #events: ExecutorEvents;
  #hasContext: boolean;
  /** The AsyncLocalStorage context that a task runs in. */
  readonly #contextOf: (task: TaskHandle) => AsyncResource;
  #starting: AsyncRun[] = [];
  /** The batch of tasks that begins now; those before `#next` have begun. */
  #beginning: readonly AsyncRun[] = NONE;
  #next = 0;
  /** Whether the next tasks begin in a microtask or in the next turn of the event loop; null if nothing is planned. */
  #goesOn: 'soon' | 'next turn' | null = null;
  /** When the event loop shall get its next turn, in monotonic ms; 0 if no task has begun in this turn. */
  #turnEndsAt = 0;
  /** How many tasks have begun in this turn. */
  #begun = 0;

  constructor(
    events: ExecutorEvents,
    options: EventLoopOptions,
    contextOf: (task: TaskHandle) => AsyncResource = submittersContext,
  ) {
    this.#events = events;
    this.#hasContext = options.context;
    this.#contextOf = contextOf;
  }

  configure(options: EventLoopOptions): void {
    this.#hasContext = options.context;
  }

  get hasCallersContext(): boolean {
    return this.#hasContext;
  }

  get size(): ExecutorSize {
    return { alive: 0, idle: 0 };
  }

  /** Arguments are passed by reference, so sockets and functions are allowed. */
  take(args: readonly unknown[]): readonly unknown[] {
    return args;
  }

  hasRoomFor(): boolean {
    return true;
  }

  start(task: TaskHandle): void {
    const run = new AsyncRun(task, this.#events);
    task.run = run;
    arrayPush(this.#starting, run);
    if (this.#goesOn === null) this.#beginSoon();
  }

  stop(task: TaskHandle, error: Error): void {
    const { run } = task;
    if (!(run instanceof AsyncRun)) return;
    if (this.#hasContext) runInScope(this.#contextOf(task), stopAsCurrent, run, error);
    else run.stop(error);
    if (task.timeStarted === null) this.#end(run, { kind: 'failed', error });
  }

  end(): boolean {
    return false; // a function on this event loop cannot be ended; its end is reported when it returns
  }

  readArrived(): void {
    // no message is under way
  }

  async close(): Promise<void> {
    // there is nothing to close
  }

  /**
   * Plans the next tasks. Without contexts of their own, they must not run in the context of the task that was called
   * first.
   */
  #beginSoon(): void {
    this.#goesOn = 'soon';
    if (this.#hasContext) scheduleMicrotask(this.#begin);
    else runInScope(noContext, scheduleMicrotask, null, this.#begin);
  }

  readonly #begin = (): void => {
    if (this.#turnEndsAt === 0) this.#openTurn();
    if (this.#next === this.#beginning.length) {
      this.#beginning = this.#starting;
      this.#starting = [];
      this.#next = 0;
    }
    this.#goesOn = null;
    while (this.#next < this.#beginning.length) {
      if (this.#begun >= FEW_TASKS && systemClock.now() > this.#turnEndsAt) return void (this.#goesOn = 'next turn');
      const run = this.#beginning[this.#next]!;
      this.#next += 1;
      this.#begun += 1;
      if (!run.hasEnded) this.#run(run);
    }
    this.#beginning = NONE; // do not keep the runs in memory
    this.#next = 0;
    if (this.#starting.length > 0 && this.#goesOn === null) this.#beginSoon();
  };

  #openTurn(): void {
    this.#turnEndsAt = systemClock.now() + YIELD_MS;
    this.#begun = 0;
    setImmediate(this.#newTurn);
  }

  readonly #newTurn = (): void => {
    this.#turnEndsAt = 0;
    if (this.#goesOn === 'next turn') this.#begin();
  };

  #run(run: AsyncRun): void {
    const { task } = run;
    this.#events.started(task, null);
    try {
      const result = this.#hasContext ? run.callIn(this.#contextOf(task)) : run.call();
      if (!isThenable(result)) return this.#end(run, { kind: 'completed', value: result });
      this.#events.returned(task);
      void promiseThen(
        Promise.resolve(result),
        (value) => this.#end(run, { kind: 'completed', value }),
        (error: unknown) => this.#fail(run, error),
      );
    } catch (error) {
      this.#fail(run, error);
    }
  }

  #fail(run: AsyncRun, thrown: unknown): void {
    this.#end(run, { kind: 'failed', error: toError(thrown, run) });
  }

  #end(run: AsyncRun, outcome: Outcome): void {
    if (run.hasEnded) return;
    run.hasEnded = true;
    this.#events.ended(run.task, outcome);
  }
}

/** One run of an async task, and what `currentTask()` shows of the task. */
class AsyncRun implements CurrentTask {
  readonly task: TaskHandle;
  readonly #events: ExecutorEvents;
  readonly #args: readonly unknown[];
  hasEnded = false;
  #controller: AbortController | null = null;
  #stopReason: Error | null = null;

  constructor(task: TaskHandle, events: ExecutorEvents) {
    this.task = task;
    this.#args = Array.isArray(task.args) ? task.args : [];
    this.#events = events;
  }

  get id(): string {
    return this.task.id;
  }

  get name(): string {
    return this.task.name;
  }

  get priority(): CurrentTask['priority'] {
    return this.task.priority;
  }

  get attempt(): number {
    return this.task.life?.attempt ?? 1;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#stopReason !== null) abort(this.#controller, this.#stopReason);
    }
    return signalOf(this.#controller);
  }

  get progress(): (value: unknown) => void {
    return (value) => this.#events.progressed(this.task, value);
  }

  stop(error: Error): void {
    this.#stopReason ??= error;
    if (this.#controller !== null) abort(this.#controller, error);
  }

  call(): unknown {
    return apply(this.task.target.fn!, undefined, this.#args);
  }

  /** Calls the function with this task as the current task. */
  callIn(resource: AsyncResource): unknown {
    return runInScope(resource, callAsCurrent, this);
  }
}

/** Listeners of the signal belong to the task, so they run with it as the current task. */
function stopAsCurrent(this: AsyncRun, error: Error): void {
  contexts.run({ current: this, runner: this.task }, () => this.stop(error));
}

function callAsCurrent(this: AsyncRun): unknown {
  const context: Context<TaskHandle> = { current: this, runner: this.task };
  return contexts.run(context, callRun, this);
}

function callRun(run: AsyncRun): unknown {
  return run.call();
}

/** A resolved promise to schedule microtasks; `queueMicrotask` makes two more objects for each. */
const SOON = Promise.resolve();

function scheduleMicrotask(callback: () => void): void {
  void promiseThen(SOON, callback);
}

function submittersContext(task: TaskHandle): AsyncResource {
  return task.context ?? new AsyncResource('atasker.task');
}
