import type { AnyWorker, WorkerStopReason } from '../../services/service.ts';
import type { TaskType } from '../../task/call.ts';
import type { Task } from '../../task/task.ts';

export interface TaskEvent {
  readonly task: Task;
}

export interface ThreadEvent {
  readonly threadId: number;
}

export interface WorkerEvent {
  readonly worker: AnyWorker;
}

/**
 * One row per event of a supervisor: a sentence for the docs, the payload, and the name of its channel on
 * `node:diagnostics_channel`, or null. `npm run docs:api` writes the pages in docs/ from these rows.
 */
export const EVENTS = {
  /** A task waits for a slot: from its call on, or from when it is due. */
  taskQueued: event<TaskEvent>('atasker:task:queued'),
  /** The function of a task begins. */
  taskStarted: event<TaskEvent>('atasker:task:started'),
  /** The function of a task has returned: `task.result`. */
  taskCompleted: event<TaskEvent>('atasker:task:completed'),
  /** A task has failed. The library counts a failure that a listener gets as seen. */
  taskFailed: event<TaskEvent & { readonly error: unknown }>('atasker:task:failed'),
  /** A cancelled task has ended. */
  taskCanceled: event<TaskEvent>('atasker:task:canceled'),
  /** A task has reported its progress. */
  taskProgress: event<TaskEvent & { readonly progress: unknown }>(null),
  /** A task has waited longer than `timeoutWarning`, and still waits. */
  timeoutWarning: event<TaskEvent>(null),
  /** A task has waited longer than `timeoutCritical`, and still waits. */
  timeoutCritical: event<TaskEvent>(null),
  /**
   * An error came after its task had ended, or from code of a module that belongs to no task; in that case `task` is
   * null.
   */
  lateError: event<{ readonly error: unknown; readonly task: Task | null }>(null),
  /** A function has returned after its task was cancelled or had exceeded a time limit. */
  lateResult: event<TaskEvent & { readonly result: unknown }>(null),
  /** A thread of a pool has started. */
  threadStarted: event<ThreadEvent>(null),
  /** A thread of a pool has ended. */
  threadExited: event<ThreadEvent & { readonly exitCode: number }>(null),
  /** A process of the pool has started. */
  processStarted: event<{ readonly pid: number }>(null),
  /** A process of the pool has ended, with an exit code or by a signal. */
  processExited: event<{ readonly pid: number; readonly exitCode: number | null; readonly signal: string | null }>(
    null,
  ),
  /** Threads or processes fail to start again and again; the waiting tasks have failed with this error. */
  poolBroken: event<{ readonly error: Error }>(null),
  /** There may be more room for tasks of other programs, or less (`supervisor.remote.room`). */
  roomChanged: event<{ readonly tt: TaskType }>(null),
  /** A background worker has started. */
  workerStarted: event<WorkerEvent>(null),
  /** The executor function of a worker has thrown; `job` is the job of a queue worker. */
  workerFailed: event<WorkerEvent & { readonly error: unknown; readonly job: unknown }>(null),
  /** A background worker has stopped. */
  workerStopped: event<WorkerEvent & { readonly reason: WorkerStopReason }>(null),
  /** A listener or a callback of yours has thrown. If nobody listens, the error becomes a process warning. */
  error: event<{ readonly error: unknown; readonly source: string }>(null),
  /** The supervisor has stopped. */
  stopped: event<StopReport>(null),
};

type Payloads<Rows extends Record<keyof Rows, EventRow<unknown>>> = { [E in keyof Rows]: Rows[E]['payload'] };

/** The events that a supervisor emits, with their payloads. */
export interface SupervisorEvents extends Payloads<typeof EVENTS> {}

interface EventRow<P> {
  readonly channel: string | null;
  /** Exists only in the type: a row has no such property at run time. */
  readonly payload: P;
}

/** Only an event about a task may have a channel, because only `Reports.tell` publishes. */
function event<P extends TaskEvent>(channel: string | null): EventRow<P>;
function event<P>(channel: null): EventRow<P>;
function event(channel: string | null): EventRow<unknown> {
  return { channel } as EventRow<unknown>;
}

/** A task, a worker or a job scheduler that has not ended. */
export interface Unfinished {
  readonly id: string;
  readonly name: string;
  readonly status: number;
}

/** How the tasks ended that the supervisor had when `stop()` was called, or got later. */
export interface StopReport {
  /** Tasks that have completed. */
  readonly completed: number;
  /** Tasks that have failed. */
  readonly failed: number;
  /** Tasks that were cancelled. */
  readonly canceled: number;
  /** Tasks whose thread or process ended while it ran them. */
  readonly lost: number;
  /**
   * Async tasks that ignore their signal, workers and job schedulers (`id` is `'worker NAME'`): their functions still
   * run.
   */
  readonly unfinished: readonly Unfinished[];
}
