import type { Priority } from '../../core/priority.ts';
import type { TaskType } from '../../task/call.ts';

/** A task on its way to another program. It holds only ids and text. */
export interface RemoteTask {
  /** The id of the task. Ids of different supervisors differ, unless callers choose them. */
  readonly id: string;
  /** The name of the definition, by which the other program finds the function. */
  readonly definition: string;
  /** The name of the task, for messages. */
  readonly name: string;
  /** Whether the function runs in a thread, in a process or on the event loop of the other program. */
  readonly tt: TaskType;
  /** The priority at the call; `setPriority` of the runner changes it. */
  readonly priority: Priority;
  /** How long the task is to wait before it may start, in milliseconds. */
  readonly delayMs: number;
  /** Its arguments and time limits, in a text that only the library reads. */
  readonly payload: string;
}

/** How a task has ended elsewhere. */
export type RemoteEnd = 'completed' | 'failed' | 'canceled';

/** Takes tasks to other programs. A runner calls nothing of the supervisor from within these methods. */
export interface RemoteRunner {
  /** Takes a task. If this throws, the task fails with that error. */
  submit(task: RemoteTask): void;
  /**
   * Asks a task to end. A task that no program has begun ends at once, with this payload: the runner reports
   * `ended(id, 'canceled', payload, null)`. For other tasks, the payload goes to `cancel` of `RemoteRun`.
   */
  cancel(id: string, payload: string): void;
  /** Gives a task that has not begun another priority; false if that is not possible. */
  setPriority(id: string, priority: Priority): boolean;
  /** How many tasks of a type are worth submitting at a time: the default concurrency of a map. */
  concurrency(tt: TaskType): number;
  /** The supervisor has stopped. */
  close(): Promise<void>;
}

/**
 * What a runner reports. Each call is a fact. It may come late, twice, or for a task that has ended; then it is
 * ignored.
 */
export interface RemoteEvents {
  /**
   * The runner keeps the task for good: it will end, even if this program dies. `task.accepted` resolves, and the event
   * `taskQueued` is emitted. Any other report of the task implies this, except `refused` and the end of a cancelled
   * task that has not begun.
   */
  accepted(id: string): void;
  /** The task will not be taken, or is given up. */
  refused(id: string, error: Error): void;
  /** The function of the task has begun, `at` in epoch milliseconds. */
  started(id: string, at: number): void;
  /** The function has reported progress. */
  progressed(id: string, payload: string): void;
  /** The task has ended. `startedAt` is when its function began, in epoch milliseconds, or null if it has not. */
  ended(id: string, end: RemoteEnd, payload: string, startedAt: number | null): void;
  /** The function has returned after its task had ended by a cancel or a time limit. */
  late(id: string, end: 'completed' | 'failed', payload: string): void;
  /** The event `lateError` of the other program, with `supervisor.remote.errorPayload(error)`. */
  lateError(payload: string): void;
}

/** Makes the runner of a supervisor when the supervisor starts, as the first task does: the option `remote`. */
export type Remote = (events: RemoteEvents) => RemoteRunner;

/** A task of another program, and which of its runs this is. */
export interface RemoteRunTask extends RemoteTask {
  /** 1 for the first run, one more for each further one; `currentTask().attempt`. */
  readonly attempt: number;
}

/** What a supervisor tells of a task that it runs for another program. */
export interface RemoteRunEvents {
  /** The function has begun, `at` in epoch milliseconds. */
  started(at: number): void;
  /** The function has reported progress. */
  progressed(payload: string): void;
  /**
   * The task has ended. `notRun`: the function has not begun and will not begin here, because the pool is broken, the
   * supervisor stops, or this program has no such definition; another program may run the task. The payload is that of
   * an error then.
   */
  ended(end: RemoteEnd | 'notRun', payload: string): void;
  /** The function has returned after its task had ended by a cancel or a time limit. */
  late(end: 'completed' | 'failed', payload: string): void;
}

/** A task of another program that runs here. */
export interface RemoteRun {
  /** Cancels the task, with the payload of `cancel` of the runner. */
  cancel(payload: string): void;
}
