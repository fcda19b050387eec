import type { AnyWorker, WorkerStopReason } from '../../services/service.ts';
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

/** What a supervisor tells with `on`. */
export interface SupervisorEvents {
  /** A task waits for a slot: at its call, or when it has become due. */
  taskQueued: TaskEvent;
  /** Its function begins. */
  taskStarted: TaskEvent;
  /** Its function has returned: `task.result`. */
  taskCompleted: TaskEvent;
  /** Listening counts as having seen the failure. */
  taskFailed: TaskEvent & { readonly error: unknown };
  /** It was cancelled, and has ended. */
  taskCanceled: TaskEvent;
  /** A task has told how far it is. */
  taskProgress: TaskEvent & { readonly progress: unknown };
  /** A task has waited longer than `timeoutWarning`, and still waits. */
  timeoutWarning: TaskEvent;
  /** A task has waited longer than `timeoutCritical`, and still waits. */
  timeoutCritical: TaskEvent;
  /** An error after the task had ended, or from code of a module that belongs to no task. */
  lateError: { readonly error: unknown; readonly task: Task | null };
  /** A result after the task had been cancelled or was out of time. */
  lateResult: TaskEvent & { readonly result: unknown };
  /** A thread of a pool has started. */
  threadStarted: ThreadEvent;
  /** A thread of a pool has ended. */
  threadExited: ThreadEvent & { readonly exitCode: number };
  /** A process of the pool has started. */
  processStarted: { readonly pid: number };
  /** A process of the pool has ended: by its code, or by a signal. */
  processExited: { readonly pid: number; readonly exitCode: number | null; readonly signal: string | null };
  /** Threads fail to start again and again; waiting tasks have failed with this. */
  poolBroken: { readonly error: Error };
  /** A background worker has started. */
  workerStarted: WorkerEvent;
  /** An executor has thrown; `job` is that of a queue worker. */
  workerFailed: WorkerEvent & { readonly error: unknown; readonly job: unknown };
  /** A background worker has stopped. */
  workerStopped: WorkerEvent & { readonly reason: WorkerStopReason };
  /** A listener or a callback of yours has thrown. Without a listener it is a process warning. */
  error: { readonly error: unknown; readonly source: string };
  /** The supervisor has stopped. */
  stopped: StopReport;
}

/** A task, a worker or a job scheduler that has not ended. */
export interface Unfinished {
  readonly id: string;
  readonly name: string;
  readonly status: number;
}

/** How the tasks ended that there were when `stop()` was called. */
export interface StopReport {
  /** Tasks that have completed. */
  readonly completed: number;
  /** Tasks that have failed. */
  readonly failed: number;
  /** Tasks that were cancelled. */
  readonly canceled: number;
  /** Tasks whose thread ended under them. */
  readonly lost: number;
  /** Async tasks that ignore their signal, workers and job schedulers (`id` is `'worker NAME'`): their functions still run. */
  readonly unfinished: readonly Unfinished[];
}
