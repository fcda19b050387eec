import type { LockAuthority } from '../core/lock-table.ts';
import type { Exit, MemberKind } from './channel.ts';
import type { Address, Outcome, Target, TaskHandle, TaskSpec, TaskWatcher } from '../task.ts';

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
  /** Asks for room for so many more tasks; `roomChanged` tells. `childWaits` if a child of a running task is among those that wait. */
  prepare?(count: number, childWaits: boolean): void;
  start(task: TaskHandle): void;
  /** Asks a task that was handed over to stop: its signal aborts with this error. */
  stop(task: TaskHandle, error: Error): void;
  /** Ends a task that did not stop. One that cannot be ended goes on, and reports its end later. */
  end(task: TaskHandle): void;
  /** Reports what this task has sent already, before somebody declares it late. */
  readArrived(task: TaskHandle): void;
  /** Threads that are alive, and those of them that have nothing to do. */
  readonly size: ExecutorSize;
  /** Resolves when nothing is left. All tasks have ended, or have been told to. */
  close(): Promise<void>;
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
  /** No thread can be started: every waiting task fails with this. */
  broken(error: Error): void;
}

/** What an executor reports of tasks and threads. */
export interface TaskEvents {
  /** Where threads and processes ask for locks. */
  readonly locks: LockAuthority;
  /** The function begins; `at` in monotonic milliseconds. */
  started(task: TaskHandle, at: number): void;
  /** The run is over and its slot is free. Said once for each start. */
  ended(task: TaskHandle, outcome: Outcome): void;
  /** The run has not begun and will not: the task is to be queued again, or to fail with this error. */
  givenBack(task: TaskHandle, error: Error): void;
  /** The synchronous part is done: it may be suspended. */
  returned(task: TaskHandle): void;
  /** Its function tells how far it is. */
  progressed(task: TaskHandle, value: unknown): void;
  /** A running task has called a task function: this makes the task. */
  child(call: ChildCall): TaskHandle;
  /** Something of ours is, or is no longer, to be waited for before the program may end. */
  hold(): void;
  release(): void;
  /** A callback of the user's has thrown in a pool thread. */
  userError(error: Error, source: string): void;
  /** An error that came after its task had ended, or from no task. */
  lateError(error: Error): void;
  warning(module: string, text: string): void;
  memberStarted(kind: MemberKind['name'], id: number): void;
  memberExited(kind: MemberKind['name'], id: number, exit: Exit): void;
}
