import type { AsyncResource } from 'node:async_hooks';
import type { InspectOptions } from 'node:util';
import { checkFunction, checkOneOf } from '../common/check.ts';
import { CanceledError } from '../common/errors.ts';
import { inspect } from '../common/node-util.ts';
import type { Entry } from '../core/admission.ts';
import type { Delayed } from '../core/delays.ts';
import type { Lane, Linked } from '../core/lane.ts';
import { hasEnded, move, TASK, TaskStatus } from '../core/lifecycle.ts';
import type { LockAuthority } from '../core/lock-table.ts';
import { PRIORITIES, type Priority } from '../core/priority.ts';
import { promiseFinally, promiseThen } from '../platform/methods.ts';
import { Date, Math, Object, Promise, Symbol } from '../platform/primordials.ts';
import type { Follower } from './abort.ts';
import type { TaskType, TaskSpec, Target, Call } from './call.ts';
import { addSubmitSite } from './debug.ts';
import { Progress } from './progress.ts';
import type { Task, TaskInfo } from './types.ts';

export type { Task, TaskInfo };

/** Where calls of task functions go: a supervisor, or in a pool thread the link to the one that runs the task. */
export interface Host {
  /** For lockers: where locks are asked for. */
  readonly locks: LockAuthority;
  /** Makes a task of a call. Task functions use this; call them instead. */
  submit(call: Call): Task;
  /** How many tasks of this type, on this aloop, are worth having out at a time; 0 where no call starts a task. */
  concurrency(tt: TaskType, loop?: string | null): number;
}

/** Who answers for a task, and takes the calls that it makes. */
export interface TaskController extends Host {
  cancel(task: TaskHandle, reason: unknown): boolean;
  setPriority(task: TaskHandle, priority: Priority): boolean;
  /** When its function began, in epoch milliseconds, if a thread has begun with it and nobody has told yet; else null. */
  startOf(task: TaskHandle): number | null;
  /** Reads how it has ended, if that has arrived and nobody has looked yet. */
  readArrived(task: TaskHandle): void;
  /** Somebody looks at how the task ends, for the first time; `waits` if it has not ended yet. */
  observed(task: TaskHandle, waits: boolean): void;
}

/** Who is told when a task begins and ends: the thread that its parent runs in. */
export interface TaskWatcher {
  began(task: TaskHandle): void;
  progressed(task: TaskHandle, value: unknown): void;
  ended(task: TaskHandle, outcome: Outcome): void;
}

/** What is needed to make a task. */
export interface Work {
  /** The id in two parts, joined only when somebody asks for it; the second is empty if the id was given. */
  readonly idPrefix: string;
  readonly sequence: number | '';
  readonly target: Target;
  readonly spec: TaskSpec;
  readonly priority: Priority;
  readonly isChild: boolean;
  readonly args: unknown;
}

/** About when the first task of this thread was made. */
const EPOCH = Date.now();

function offsetOf(date: number | null): number | null {
  return date === null ? null : date - EPOCH;
}

/** Arguments that hold memory until the task ends. */
export abstract class HeldArgs {
  /** The arguments in the form in which they are posted. @throws if they cannot be read */
  abstract packed(): unknown;
  abstract release(): void;
}

/** How a task ended. */
export type Outcome =
  | { readonly kind: 'completed'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'canceled'; readonly reason: unknown };

/**
 * The task itself. All fields are set here in a fixed order and none is `#private`:
 * there may be a million of these. The promise is made only when somebody asks for it.
 */
export class TaskHandle implements Task, Entry, Follower {
  readonly controller: TaskController;
  readonly idPrefix: string;
  readonly sequence: number | '';
  readonly spec: TaskSpec;
  priority: Priority;
  /** As far as has been told; `status` and `timeStarted` also know of a start that nobody has told yet. */
  toldStatus: TaskStatus;
  // Times as whole milliseconds from `EPOCH`: such small numbers stand in the field itself, dates would be objects.
  readonly queuedAt: number;
  startedAt: number | null = null;
  endedAt: number | null = null;
  result: unknown = undefined;
  /** How it failed, or why it was cancelled. */
  failure: unknown = undefined;
  /** Whether somebody will see, or has seen, how it ends. */
  isObserved = false;

  // What admission needs.
  readonly isChild: boolean;
  lane: Lane<Linked> | null = null;
  before: Linked | null = null;
  after: Linked | null = null;
  delayed: Delayed<Entry> | null = null;
  holdsSlot = false;
  /** The number of its entry in the run queue of a pool, while it has one; else 0. */
  runNumber = 0;

  // What its controller and its executor need.
  target: Target;
  /** The arguments as the executor takes them, then perhaps what it keeps of the run; dropped at the end. */
  args: unknown;
  /** The submitter's async context, where a callback or an async task needs it. */
  context: AsyncResource | null = null;
  /** Monotonic milliseconds at which it became due. */
  dueAt = 0;
  watcher: TaskWatcher | null = null;
  /** Whether its function has returned, a promise perhaps. */
  hasReturned = false;
  /** Made when its function has told how far it is, or somebody wants to know. */
  reported: Progress | null = null;
  /** What the controller keeps of a task that has limits, relatives or somebody who ends it. */
  life: unknown = null;

  promise: Promise<unknown> | null = null;
  resolvePromise: ((result: unknown) => void) | null = null;
  rejectPromise: ((error: unknown) => void) | null = null;

  constructor(controller: TaskController, work: Work, timeQueued: number) {
    this.controller = controller;
    this.idPrefix = work.idPrefix;
    this.sequence = work.sequence;
    this.spec = work.spec;
    this.priority = work.priority;
    this.toldStatus = work.spec.delayMs > 0 ? TaskStatus.delayed : TaskStatus.queued;
    this.queuedAt = timeQueued - EPOCH;
    this.isChild = work.isChild;
    this.target = work.target;
    this.args = work.args;
  }

  get [Symbol.toStringTag](): string {
    return 'Task';
  }

  get id(): string {
    return this.idPrefix + this.sequence;
  }

  get name(): string {
    return this.spec.name;
  }

  get unseenWarning(): string {
    return `task ${this.name} (${this.id}) failed and nobody looked: await it, or listen to taskFailed`;
  }

  get tt(): TaskType {
    return this.spec.tt;
  }

  get status(): TaskStatus {
    return this.runNumber !== 0 && this.timeStarted !== null ? TaskStatus.started : this.toldStatus;
  }

  get timeQueued(): number {
    return this.queuedAt + EPOCH;
  }

  get timeStarted(): number | null {
    if (this.runNumber !== 0) this.startedAt ??= offsetOf(this.controller.startOf(this));
    return this.startedAt === null ? null : this.startedAt + EPOCH;
  }

  get timeCompleted(): number | null {
    return this.endedAt === null ? null : this.endedAt + EPOCH;
  }

  get error(): unknown {
    if (this.isCompleted()) this.observe(false);
    return this.peekError();
  }

  /** The error, without having seen it. A cancelled task makes its own only when somebody looks. */
  peekError(): unknown {
    if (this.status === TaskStatus.canceled) this.failure = canceledError(this, this.failure);
    return this.failure;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a task is a promise by interface
  then<A = unknown, B = never>(
    onResult?: ((result: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseThen(this.whenEnded(), onResult, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return promiseThen(this.whenEnded(), null, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<unknown> {
    return promiseFinally(this.whenEnded(), onEnd);
  }

  /**
   * Calls back with the end of the task, like `then`, but does not count as somebody who looks at it:
   * a failure still becomes a warning unless `observe` is called.
   */
  listen(onResult: (result: unknown) => void, onError: (error: unknown) => void): void {
    this.promise ??= this.makePromise();
    void promiseThen(this.promise, onResult, onError);
  }

  /** Somebody looks at how it ends; `waits` if it has not ended yet. */
  observe(waits: boolean): void {
    if (this.isObserved) return;
    this.isObserved = true;
    this.controller.observed(this, waits);
  }

  /** The signal of its options has aborted. */
  signalAborted(signal: AbortSignal): void {
    this.cancel(signal.reason);
  }

  cancel(reason?: unknown): boolean {
    return this.controller.cancel(this, reason);
  }

  setPriority(priority: Priority): boolean {
    return this.controller.setPriority(this, checkOneOf('priority', priority, PRIORITIES));
  }

  get progress(): unknown {
    return this.reported?.value;
  }

  onProgress(listener: (value: unknown) => unknown): () => void {
    this.reported ??= new Progress();
    return this.reported.listen(checkFunction('listener', listener));
  }

  isStarted(): boolean {
    return this.timeStarted !== null;
  }

  isCompleted(): boolean {
    return hasEnded(this.toldStatus); // an end is always told
  }

  info(): TaskInfo {
    return Object.freeze({ ...record(this), task: this });
  }

  toJSON(): Omit<TaskInfo, 'task'> {
    return record(this);
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Task ${inspect(record(this), options)}`;
  }

  /** The function begins. */
  begin(time: number): void {
    this.toldStatus = move(TASK, this.toldStatus, TaskStatus.started);
    this.startedAt ??= time - EPOCH;
    this.watcher?.began(this);
  }

  /** Its function tells how far it is; `guard` calls listeners of the user's. */
  advance(value: unknown, guard: (call: () => unknown) => void): void {
    if (this.isCompleted()) return;
    this.reported ??= new Progress();
    this.reported.tell(value, guard);
    this.watcher?.progressed(this, value);
  }

  /** A delayed task is due. */
  becomeDue(): void {
    this.toldStatus = move(TASK, this.toldStatus, TaskStatus.queued);
  }

  /** Writes how it ended, once, and tells whoever waits. */
  end(outcome: Outcome, time: number): void {
    this.toldStatus = move(TASK, this.toldStatus, TaskStatus[outcome.kind]);
    this.endedAt = Math.max(time, this.timeStarted ?? this.timeQueued) - EPOCH; // the wall clock may be put back
    if (this.args instanceof HeldArgs) this.args.release();
    this.args = null;
    if (outcome.kind === 'completed') {
      this.result = outcome.value;
      this.resolvePromise?.(this.result);
    } else {
      this.failure = outcome.kind === 'failed' ? outcome.error : outcome.reason;
      this.rejectPromise?.(this.peekError());
    }
    this.resolvePromise = null;
    this.rejectPromise = null;
    this.watcher?.ended(this, outcome);
  }

  private whenEnded(): Promise<unknown> {
    this.observe(!this.isCompleted());
    this.promise ??= this.makePromise();
    return this.promise;
  }

  private makePromise(): Promise<unknown> {
    if (this.status === TaskStatus.completed) return Promise.resolve(this.result);
    if (this.isCompleted()) return Promise.reject(this.peekError() as Error);
    return promiseOf(this);
  }
}

/** Whose promise is being made. With it one function serves all promises, where a closure for each would be garbage at once. */
let awaited: TaskHandle | null = null;

function promiseOf(task: TaskHandle): Promise<unknown> {
  awaited = task;
  return new Promise(keepSettlers);
}

function keepSettlers(resolve: (result: unknown) => void, reject: (error: unknown) => void): void {
  awaited!.resolvePromise = resolve;
  awaited!.rejectPromise = reject;
  awaited = null;
}

function record(task: TaskHandle): Omit<TaskInfo, 'task'> {
  const { id, name, tt, priority, status, timeQueued, timeStarted, timeCompleted, result } = task;
  return { id, name, tt, priority, status, timeQueued, timeStarted, timeCompleted, result, error: task.peekError() };
}

/** The error of a cancelled task; a reason that is this error already stays as it is. */
export function canceledError(task: TaskHandle, reason: unknown): CanceledError {
  if (reason instanceof CanceledError && reason.taskId === task.id) return reason;
  const details = { taskId: task.id, taskName: task.name, cause: reason };
  const error = new CanceledError('ERR_TASK_CANCELED', `task ${task.name} was cancelled`, details);
  addSubmitSite(task, error);
  return error;
}
