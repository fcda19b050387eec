import type { Offer } from '../core/admission.ts';
import type { LockAuthority } from '../core/lock-table.ts';
import type { TaskArgs } from '../task/args.ts';
import type { Address, Target, TaskSpec } from '../task/call.ts';
import type { Outcome } from '../task/outcome.ts';
import type { TaskHandle, TaskWatcher } from '../task/task.ts';

/** Whether the members of a pool are threads or processes. */
export type MemberType = 'thread' | 'process';

/** How a member has ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /**
   * The end of what the member wrote to its standard error; null if its standard error did not pass through the pool.
   */
  readonly stderr: string | null;
  /** Why the member could not start, as far as its standard error tells; empty if unknown. */
  readonly reason: string;
}

/**
 * Runs the tasks of one type. The supervisor decides which task starts; an executor only starts tasks, stops tasks and
 * reports. Thread pool and event loop both follow this contract, and one contract suite tests each of them.
 */
export interface Executor {
  /** Converts the arguments of a call to the form in which this executor hands them over. @throws CloneError */
  take(args: readonly unknown[], target: Target): TaskArgs;
  /** Takes arguments that are a text for members (wire/text.ts); null if this task is not to run in a member. */
  takeText?(text: string, attempt: number): TaskArgs | null;
  /** Whether functions run in the AsyncLocalStorage context of their callers. */
  readonly hasCallersContext?: boolean;
  /** Whether this task could start right now. */
  hasRoomFor(task: TaskHandle): boolean;
  /** Asks for room for the waiting tasks; the event `roomChanged` reports when there is some. */
  prepare?(demand: Demand): void;
  start(task: TaskHandle): void;
  /** A task is delayed, and will be started when it is due. @throws if the task cannot be taken */
  announce?(task: TaskHandle): void;
  /** A task that was announced will not be started; it ends with this error. */
  withdrawn?(task: TaskHandle, error: unknown): void;
  /** Gives a task that was handed over another priority; false if it has begun. */
  setPriority?(task: TaskHandle, priority: TaskHandle['priority']): boolean;
  /** Where the threads of this executor take tasks by themselves; `start` is not called for tasks of the offer. */
  readonly offer?: Offer<TaskHandle> | null;
  /**
   * When a task began, in monotonic milliseconds, if a thread has begun it and the start has not been reported yet;
   * else null.
   */
  startOf?(task: TaskHandle): number | null;
  /** From now on starts must be reported at once, also those of tasks that the executor has already. */
  watchStarts?(): void;
  /**
   * Resolves when a task has been taken elsewhere; null if it has been. An executor that has this reports `accepted`.
   */
  accepted?(task: TaskHandle): Promise<void> | null;
  /** Asks a task that was handed over to stop: its signal aborts with this error. */
  stop(task: TaskHandle, error: Error): void;
  /**
   * Ends a task that did not stop. Returns true if the end of the task has been reported, or will be reported as soon
   * as the executor knows whether the task had begun. Returns false if the task cannot be ended: it goes on and its end
   * is reported later, or never if it had not begun.
   */
  end(task: TaskHandle): boolean;
  /** Reports what this task has sent already, before a time limit declares the task late. */
  readArrived(task: TaskHandle): void;
  /** The number of living threads or processes, and how many of them have nothing to do. */
  readonly size: ExecutorSize;
  /** Whether no member can be started and none is alive. */
  readonly isBroken?: boolean;
  /** Resolves when nothing is left. Before the call all tasks have ended, or have been told to end. */
  close(): Promise<void>;
}

/** The demand of waiting tasks for members. */
export interface Demand {
  /** How many slots there is work for: slots in use, and slots that waiting tasks could use now. */
  slotsWanted(): number;
  /** A cheaper upper bound of `slotsWanted()`; it holds only if a waiting task may start now. */
  mostSlotsWanted(): number;
  /** Whether a child of a running task waits. */
  readonly childWaits: boolean;
}

export interface ExecutorSize {
  readonly alive: number;
  readonly idle: number;
}

/** A call of a task function by a task that runs in a pool thread or process. */
export interface ChildCall {
  /** The calling task; null if it has ended meanwhile. */
  readonly parent: TaskHandle | null;
  readonly idPrefix: string;
  readonly sequence: number | '';
  readonly address: Address;
  readonly spec: TaskSpec;
  /** The arguments, cloned already. */
  readonly args: readonly unknown[];
  /** The link to the member that runs the parent. */
  readonly watcher: TaskWatcher;
}

/** What an executor reports. Each call is a fact; the supervisor decides what follows from it. */
export interface ExecutorEvents extends TaskEvents {
  /** A waiting task may have become startable. */
  roomChanged(): void;
  /** Reports many facts, and asks for one turn of the pump after them. */
  together(report: () => void): void;
  /** The offer is gone: its tasks are given back, or end. */
  offerClosed(): void;
  /**
   * No member can be started and none is alive: every waiting task fails with this error. `isNews` is true the first
   * time in an outage.
   */
  broken(error: Error, isNews: boolean): void;
}

/** Why a task has come back from a thread or process that ended, or could not go on, before the task began. */
export interface Fault {
  readonly error: Error;
  /** Whether the task itself may be the reason; if not, something else has spoilt the thread or process. */
  readonly mayBeTask: boolean;
}

/** What an executor reports of tasks and members. */
export interface TaskEvents {
  /** Where threads and processes ask for locks. */
  readonly locks: LockAuthority;
  /** The function begins, at `at` in monotonic milliseconds; null means right now. */
  started(task: TaskHandle, at: number | null): void;
  /** A task that was handed over waits elsewhere, where it is safe. Reported once, by executors that have `accepted`. */
  accepted(task: TaskHandle): void;
  /** A waiting task begins in the slot of a task that is over; the end of that task is reported afterwards. */
  follows(task: TaskHandle, before: TaskHandle): void;
  /** Whether the start of this task must be reported at once; otherwise a report together with its end is enough. */
  wantsStart(task: TaskHandle): boolean;
  /** The run is over and its slot is free. Reported once for each start. */
  ended(task: TaskHandle, outcome: Outcome): void;
  /**
   * The run has not begun and will not begin: the task has to be queued again. `fault` is null, or what went wrong; a
   * task fails with that error if it may be the reason for a second time.
   */
  givenBack(task: TaskHandle, fault: Fault | null): void;
  /** The synchronous part of the function is done, so the task may be suspended. */
  returned(task: TaskHandle): void;
  /** The function of the task reports its progress. */
  progressed(task: TaskHandle, value: unknown): void;
  /** A running task has called a task function; returns the task of that call. */
  child(call: ChildCall): TaskHandle;
  /** `hold` and `release` count the reasons for which the program must not end yet. */
  hold(): void;
  release(): void;
  /** A callback of the user has thrown in a pool thread or process. */
  userError(error: Error, source: string): void;
  /** An error that came after its task had ended, or that belongs to no task. */
  lateError(error: Error): void;
  warning(module: string, text: string): void;
  memberStarted(kind: MemberType, id: number): void;
  memberExited(kind: MemberType, id: number, exit: Exit): void;
}
