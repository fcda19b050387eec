import type { AsyncResource } from 'node:async_hooks';
import type { InspectOptions } from 'node:util';
import { checkFunction, checkOneOf } from '../common/check.ts';
import type { Clock } from '../common/clock.ts';
import { inspect } from '../common/node-util.ts';
import type { Entry } from '../core/admission.ts';
import type { Delayed } from '../core/delays.ts';
import type { Lane, Linked } from '../core/lane.ts';
import { hasEnded, move, TASK, TaskStatus } from '../core/lifecycle.ts';
import type { LockAuthority } from '../core/lock-table.ts';
import { PRIORITIES, type Priority } from '../core/priority.ts';
import { Date, Math, Object, Reflect, Symbol } from '../platform/primordials.ts';
import type { Follower } from './abort.ts';
import { OwnArgs, type TaskArgs } from './args.ts';
import type { TaskType, TaskSpec, Target, Call } from './call.ts';
import { lifeOf, type TaskLife } from './life.ts';
import { canceledError, type Outcome } from './outcome.ts';
import { Progress } from './progress.ts';
import { lookUnnoticed, rejectedWith, TaskPromise } from './task-promise.ts';
import type { Task, TaskInfo } from './types.ts';

export type { Task, TaskInfo };

/** Takes the calls of task functions: a supervisor, or in a pool thread the link to the supervisor that runs it. */
export interface Host {
  /** Where lockers ask for locks. */
  readonly locks: LockAuthority;
  /** Makes a task from a call. Only task functions call this; users call task functions. */
  submit(call: Call): Task;
  /** How many tasks of this type, on this aloop, are worth submitting at a time; 0 where no call starts a task. */
  concurrency(tt: TaskType, loop?: string | null): number;
}

/** Responsible for a task, and the host of the calls that the task makes. */
export interface TaskController extends Host {
  cancel(task: TaskHandle, reason: unknown): boolean;
  setPriority(task: TaskHandle, priority: Priority): boolean;
  /**
   * When the function began, in epoch milliseconds, if a thread has begun it and the start has not been reported yet;
   * else null.
   */
  startOf(task: TaskHandle): number | null;
  /** Reads the outcome of the task, if it has arrived and has not been read yet. */
  readArrived(task: TaskHandle): void;
  /** Resolves when the task has been taken. */
  accepted(task: TaskHandle): Promise<void>;
  /** Called when the outcome of the task is observed for the first time; `waits` if the task has not ended yet. */
  observed(task: TaskHandle, waits: boolean): void;
}

/** Told when a task begins and ends: the link to the thread that the parent of the task runs in. */
export interface TaskWatcher {
  began(task: TaskHandle): void;
  progressed(task: TaskHandle, value: unknown): void;
  ended(task: TaskHandle, outcome: Outcome): void;
  /** The function has returned after its task had ended. */
  late?(outcome: Outcome): void;
}

/** What a task is made from. */
export interface Work {
  /**
   * The id in two parts, joined only when somebody asks for the id. `sequence` is empty if the caller has chosen the
   * id.
   */
  readonly idPrefix: string;
  readonly sequence: number | '';
  readonly target: Target;
  readonly spec: TaskSpec;
  readonly priority: Priority;
  readonly isChild: boolean;
  readonly args: readonly unknown[];
  /** The arguments of a task of another program, as text (wire/text.ts); `args` is empty then. */
  readonly text?: string;
  /** Which run of the task this is. @defaultValue 1 */
  readonly attempt?: number;
}

/** The time at which this module was loaded, as a base for small numbers (see `queuedAt`). */
const EPOCH = Date.now();

function offsetOf(date: number | null): number | null {
  return date === null ? null : date - EPOCH;
}

/**
 * A task. The constructor and the field initialisers set all fields in a fixed order, and no field is `#private`,
 * because there may be a million tasks.
 */
export class TaskHandle extends TaskPromise implements Task, Entry, Follower {
  readonly controller: TaskController;
  readonly idPrefix: string;
  readonly sequence: number | '';
  readonly spec: TaskSpec;
  priority: Priority;
  /**
   * The status as far as it has been reported. `status` and `timeStarted` also know of a start that is not reported
   * yet.
   */
  toldStatus: TaskStatus;
  // Times are integer milliseconds since `EPOCH`: V8 stores such small numbers in the field itself, larger ones as
  // objects.
  readonly queuedAt: number;
  startedAt: number | null = null;
  endedAt: number | null = null;
  /** The result of a completed task, the error of a failed task, or the reason of a cancelled task. */
  private value: unknown = undefined;

  /** Whether somebody has observed, or waits for, the outcome. */
  isObserved = false;

  // Fields for admission.
  readonly isChild: boolean;
  holdsSlot = false;
  lane: Lane<Linked> | null = null;
  before: Linked | null = null;
  after: Linked | null = null;
  /** The number of this task's entry in the run queue of a pool, while the task has an entry; else 0. */
  runNumber = 0;

  // Fields for the controller and the executor.
  target: Target;
  /** The arguments, from the call on in the form of the executor; dropped at the end. */
  args: TaskArgs | null;
  /** The run on an event loop, which saves a map from tasks to runs; set when the task is started there. */
  run: object | null = null;
  /** The async context of the submitter, if a callback or an async task needs it. */
  context: AsyncResource | null = null;
  watcher: TaskWatcher | null = null;
  /** Whether the function has returned its result or a promise. */
  hasReturned = false;
  /** Made when the function first reports progress, or when somebody listens for progress. */
  reported: Progress | null = null;
  /** What the supervisor keeps of a task that has limits or relatives, or is being ended. */
  life: TaskLife<TaskHandle> | null = null;

  constructor(controller: TaskController, work: Work, timeQueued: number) {
    super();
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

  get delayed(): Delayed<Entry> | null {
    return this.life === null ? null : this.life.delayed;
  }

  set delayed(place: Delayed<Entry> | null) {
    if (place !== null || this.life !== null) lifeOf(this as TaskHandle).delayed = place;
  }

  override get [Symbol.toStringTag](): string {
    return 'Task';
  }

  get id(): string {
    return this.idPrefix + this.sequence;
  }

  get name(): string {
    return this.spec.name;
  }

  get unseenWarning(): string {
    return `task ${this.name} (${this.id}) failed and nobody looked at it: await it, or listen to taskFailed`;
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

  get result(): unknown {
    return this.toldStatus === TaskStatus.completed ? this.value : undefined;
  }

  get error(): unknown {
    if (this.isCompleted()) this.observe(false);
    return this.peekError();
  }

  /** The error, without counting as observed. A cancelled task makes its error only here, when somebody asks for it. */
  peekError(): unknown {
    if (this.toldStatus === TaskStatus.canceled) this.value = canceledError(this, this.value);
    return this.toldStatus === TaskStatus.completed ? undefined : this.value;
  }

  override observe(waits: boolean): void {
    if (this.isObserved) return;
    this.isObserved = true;
    this.controller.observed(this, waits);
  }

  protected get outcome(): unknown {
    return this.toldStatus === TaskStatus.completed ? this.value : rejectedWith(this.peekError());
  }

  /** The signal of the task's options has aborted. */
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

  get accepted(): Promise<void> {
    return this.controller.accepted(this);
  }

  isStarted(): boolean {
    return this.timeStarted !== null;
  }

  isCompleted(): boolean {
    return hasEnded(this.toldStatus); // an end is always reported
  }

  info(): TaskInfo {
    return Object.freeze({ ...record(this), task: this });
  }

  toJSON(): Omit<TaskInfo, 'task'> {
    return record(this);
  }

  /** Read before the constructor by whoever prints the task; printing is no wait. */
  get [inspect.custom](): (this: TaskHandle, depth: number, options: InspectOptions) => string {
    lookUnnoticed(this);
    return show;
  }

  /** The function of the task begins. */
  begin(time: number): void {
    this.toldStatus = move(TASK, this.toldStatus, TaskStatus.started);
    this.startedAt ??= time - EPOCH;
    this.watcher?.began(this);
  }

  /** The function of the task reports progress; `guard` calls the listeners of the user. */
  advance(value: unknown, guard: (call: () => unknown) => void): void {
    if (this.isCompleted()) return;
    this.reported ??= new Progress();
    this.reported.tell(value, guard);
    this.watcher?.progressed(this, value);
  }

  /** The monotonic time in milliseconds at which the task became due. */
  dueSince(clock: Clock): number {
    const dueAt = this.life === null ? 0 : this.life.dueAt;
    return dueAt === 0 ? clock.now() - Math.max(0, clock.date() - this.timeQueued) : dueAt;
  }

  /** A delayed task is due. */
  becomeDue(): void {
    this.toldStatus = move(TASK, this.toldStatus, TaskStatus.queued);
  }

  /** Records how the task ended, once, and settles its promise. */
  end(outcome: Outcome, time: number): void {
    this.toldStatus = move(TASK, this.toldStatus, TaskStatus[outcome.kind]);
    const at = Math.max(time, this.timeStarted ?? this.timeQueued); // somebody may set the wall clock back
    this.endedAt = at - EPOCH;
    if (this.args instanceof OwnArgs) this.args.release();
    this.args = null;
    this.run = null;
    if (outcome.kind === 'completed') this.value = outcome.value;
    else this.value = outcome.kind === 'failed' ? outcome.error : outcome.reason;
    this.settleIfAwaited();
    this.watcher?.ended(this, outcome);
  }
}

// Each class has a constructor of its own here; that of the promise, which notices who waits, must be found instead.
Reflect.deleteProperty(TaskHandle.prototype, 'constructor');

function show(this: TaskHandle, _depth: number, options: InspectOptions): string {
  lookUnnoticed(null);
  return `Task ${inspect(record(this), options)}`;
}

function record(task: TaskHandle): Omit<TaskInfo, 'task'> {
  const { id, name, tt, priority, status, timeQueued, timeStarted, timeCompleted, result } = task;
  return { id, name, tt, priority, status, timeQueued, timeStarted, timeCompleted, result, error: task.peekError() };
}
