import type { AnyWorker, WorkerStopReason } from '../service.ts';
import type { Task } from '../task.ts';

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
  taskQueued: TaskEvent;
  taskStarted: TaskEvent;
  taskCompleted: TaskEvent;
  /** Listening counts as having seen the failure. */
  taskFailed: TaskEvent & { readonly error: unknown };
  taskCanceled: TaskEvent;
  /** A task has told how far it is. */
  taskProgress: TaskEvent & { readonly progress: unknown };
  /** A task has waited longer than `timeoutWarning`, and still waits. */
  timeoutWarning: TaskEvent;
  timeoutCritical: TaskEvent;
  /** An error after the task had ended, or from code of a module that belongs to no task. */
  lateError: { readonly error: unknown; readonly task: Task | null };
  /** A result after the task had been cancelled or was out of time. */
  lateResult: TaskEvent & { readonly result: unknown };
  threadStarted: ThreadEvent;
  threadExited: ThreadEvent & { readonly exitCode: number };
  processStarted: { readonly pid: number };
  processExited: { readonly pid: number; readonly exitCode: number | null; readonly signal: string | null };
  /** Threads fail to start again and again; waiting tasks have failed with this. */
  poolBroken: { readonly error: Error };
  workerStarted: WorkerEvent;
  /** An executor has thrown; `job` is that of a queue worker. */
  workerFailed: WorkerEvent & { readonly error: unknown; readonly job: unknown };
  workerStopped: WorkerEvent & { readonly reason: WorkerStopReason };
  /** A listener or a callback of yours has thrown. Without a listener it is a process warning. */
  error: { readonly error: unknown; readonly source: string };
  stopped: StopReport;
}

/** How the tasks ended that there were when `stop()` was called. */
export interface StopReport {
  readonly completed: number;
  readonly failed: number;
  readonly canceled: number;
  /** Tasks whose thread ended under them. */
  readonly lost: number;
  /** Async tasks that ignore their signal, workers and job schedulers (`id` is `'worker NAME'`): their functions still run. */
  readonly unfinished: readonly { readonly id: string; readonly name: string; readonly status: number }[];
}
