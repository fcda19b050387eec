import { AsyncResource } from 'node:async_hooks';
import { contexts, type Context, type CurrentTask } from '../context.ts';
import type { Outcome, TaskHandle } from '../task.ts';
import { isThenable } from '../thenable.ts';
import { toError } from '../wire/errors.ts';
import type { Executor, ExecutorEvents, ExecutorSize } from './executor.ts';

export interface EventLoopOptions {
  /** Whether tasks have a `currentTask()` and the submitter's AsyncLocalStorage context. */
  readonly context: boolean;
}

/** Runs async tasks here. What is started in one go begins together, in the microtask after it. */
export class EventLoop implements Executor {
  readonly #events: ExecutorEvents;
  #hasContext: boolean;
  /** In whose AsyncLocalStorage context a task runs. */
  readonly #contextOf: (task: TaskHandle) => AsyncResource;
  #starting: AsyncRun[] = [];

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

  /** References: sockets and functions are welcome. */
  take(args: readonly unknown[]): unknown {
    return args;
  }

  hasRoomFor(): boolean {
    return true;
  }

  start(task: TaskHandle): void {
    const run = new AsyncRun(task, this.#events);
    task.args = run; // from here on they are the run's: no map has to be asked for it
    if (this.#starting.push(run) === 1) void SOON.then(this.#begin);
  }

  stop(task: TaskHandle, error: Error): void {
    const run = task.args;
    if (!(run instanceof AsyncRun)) return;
    run.stop(error);
    if (task.timeStarted === null) this.#end(run, { kind: 'failed', error });
  }

  end(): void {
    // a function on this loop cannot be ended: it reports when it returns
  }

  readArrived(): void {
    // nothing is under way
  }

  async close(): Promise<void> {
    // nothing is kept
  }

  readonly #begin = (): void => {
    const runs = this.#starting;
    this.#starting = [];
    for (const run of runs) if (!run.hasEnded) this.#run(run);
  };

  #run(run: AsyncRun): void {
    const { task } = run;
    this.#events.started(task, null);
    try {
      const result = this.#hasContext ? run.callIn(this.#contextOf(task)) : run.call();
      if (!isThenable(result)) return this.#end(run, { kind: 'completed', value: result });
      this.#events.returned(task);
      result.then(
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

/** One async task, and what `currentTask()` shows of it. */
class AsyncRun implements CurrentTask {
  readonly task: TaskHandle;
  readonly #events: ExecutorEvents;
  readonly #args: readonly unknown[];
  readonly attempt = 1;
  hasEnded = false;
  #controller: AbortController | null = null;
  #stopReason: Error | null = null;

  constructor(task: TaskHandle, events: ExecutorEvents) {
    this.task = task;
    this.#args = task.args as readonly unknown[];
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

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#stopReason !== null) this.#controller.abort(this.#stopReason);
    }
    return this.#controller.signal;
  }

  get progress(): (value: unknown) => void {
    return (value) => this.#events.progressed(this.task, value);
  }

  stop(error: Error): void {
    this.#stopReason ??= error;
    this.#controller?.abort(error);
  }

  call(): unknown {
    return this.task.target.fn!(...this.#args);
  }

  /** The same, as the current task. */
  callIn(resource: AsyncResource): unknown {
    return resource.runInAsyncScope(callAsCurrent, this);
  }
}

function callAsCurrent(this: AsyncRun): unknown {
  const context: Context<TaskHandle> = { current: this, runner: this.task };
  return contexts.run(context, callRun, this);
}

function callRun(run: AsyncRun): unknown {
  return run.call();
}

/** What follows it comes in a microtask; `queueMicrotask` makes two more objects for each. */
const SOON = Promise.resolve();

function submittersContext(task: TaskHandle): AsyncResource {
  return task.context ?? new AsyncResource('atasker.task');
}
