import type { Offer } from '../core/admission.ts';
import type { LockAuthority } from '../core/lock-table.ts';
import type { Address, Target, TaskSpec } from '../task/call.ts';
import type { Outcome, TaskHandle, TaskWatcher } from '../task/task.ts';

/** What the members of a pool are. */
export type MemberType = 'thread' | 'process';

/** How a member has ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last that it wrote to its standard error, if that came this way. */
  readonly stderr: string | null;
  /** Why it could not start, as far as its standard error tells; empty if it does not. */
  readonly reason: string;
}

/**
 * Runs the tasks of one type. The supervisor decides who starts; an executor only starts, stops
 * and reports. Thread pool and event loop honour all of it, and one contract suite runs against each.
 */
export interface Executor {
  /** Takes the arguments of a call as this executor will hand them over. @throws CloneError */
  take(args: readonly unknown[], target: Target): unknown;
  /** Whether functions run in the AsyncLocalStorage context of their callers. */
  readonly hasCallersContext?: boolean;
  /** Whether this task could start at this instant. */
  hasRoomFor(task: TaskHandle): boolean;
  /** Asks for room for the tasks that wait; `roomChanged` tells. */
  prepare?(demand: Demand): void;
  start(task: TaskHandle): void;
  /** Where its threads take tasks by themselves; what waits there is not started by `start`. */
  readonly offer?: Offer<TaskHandle> | null;
  /** When a task began, in monotonic milliseconds, if a thread has begun with it and nobody has told yet; else null. */
  startOf?(task: TaskHandle): number | null;
  /** From now on somebody has to hear of starts at once, also of the tasks that are here already. */
  watchStarts?(): void;
  /** Asks a task that was handed over to stop: its signal aborts with this error. */
  stop(task: TaskHandle, error: Error): void;
  /**
   * Ends a task that did not stop; true if its end has been reported, or will be as soon as it is known whether it had
   * begun. One that cannot be ended goes on, and reports its end later; if it had not begun it never does.
   */
  end(task: TaskHandle): boolean;
  /** Reports what this task has sent already, before somebody declares it late. */
  readArrived(task: TaskHandle): void;
  /** Threads that are alive, and those of them that have nothing to do. */
  readonly size: ExecutorSize;
  /** Resolves when nothing is left. All tasks have ended, or have been told to. */
  close(): Promise<void>;
}

/** What waits for threads. */
export interface Demand {
  /** How many slots there is work for: those in use, and those that waiting tasks could use now. */
  slotsWanted(): number;
  /** If waiting tasks could use some now, the same or more, at less cost. */
  mostSlotsWanted(): number;
  /** Whether a child of a running task is among those that wait. */
  readonly childWaits: boolean;
}

export interface ExecutorSize {
  readonly alive: number;
  readonly idle: number;
}

/** A call that a running task has made in its thread. */
export interface ChildCall {
  /** Null if the task has ended meanwhile. */
  readonly parent: TaskHandle | null;
  readonly idPrefix: string;
  readonly sequence: number | '';
  readonly address: Address;
  readonly spec: TaskSpec;
  /** The arguments; they are a clone already. */
  readonly args: readonly unknown[];
  /** The link to the thread of the parent. */
  readonly watcher: TaskWatcher;
}

/** What an executor reports. Each call is a fact; what follows from it is the supervisor's business. */
export interface ExecutorEvents extends TaskEvents {
  /** A waiting task may have become startable. */
  roomChanged(): void;
  /** Reports many facts, and asks for one turn of the pump after them. */
  together(report: () => void): void;
  /** There is no offer any more: what was in it is given back, or ends. */
  offerClosed(): void;
  /** No thread can be started, and none lives: every waiting task fails with this. `isNews` the first time in one outage. */
  broken(error: Error, isNews: boolean): void;
}

/** What an executor reports of tasks and threads. */
export interface TaskEvents {
  /** Where threads and processes ask for locks. */
  readonly locks: LockAuthority;
  /** The function begins; `at` in monotonic milliseconds, null for right now. */
  started(task: TaskHandle, at: number | null): void;
  /** A waiting task begins in the slot of one that is over, whose end is told after this. */
  follows(task: TaskHandle, before: TaskHandle): void;
  /** Whether somebody has to hear of the start of this task at once; of others it is enough to know with their end. */
  wantsStart(task: TaskHandle): boolean;
  /** The run is over and its slot is free. Said once for each start. */
  ended(task: TaskHandle, outcome: Outcome): void;
  /**
   * The run has not begun and will not: the task is to be queued again. After a fault, which comes with what
   * the task would fail with, that happens once.
   */
  givenBack(task: TaskHandle, fault: Error | null): void;
  /** The synchronous part is done: it may be suspended. */
  returned(task: TaskHandle): void;
  /** Its function tells how far it is. */
  progressed(task: TaskHandle, value: unknown): void;
  /** A running task has called a task function: this makes the task. */
  child(call: ChildCall): TaskHandle;
  /** Something of ours is, or is no longer, to be waited for before the program may end. */
  assignment(): void;
  release(): void;
  /** A callback of the user's has thrown in a pool thread. */
  userError(error: Error, source: string): void;
  /** An error that came after its task had ended, or from no task. */
  lateError(error: Error): void;
  warning(module: string, text: string): void;
  memberStarted(kind: MemberType, id: number): void;
  memberExited(kind: MemberType, id: number, exit: Exit): void;
}
