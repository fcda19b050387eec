/**
 * The public face of atasker. A pool thread evaluates it too, as the user's module imports it:
 * then the end of this file hands the thread over to pool/thread/serve.ts, and nothing else starts.
 */
import { show } from './common/check.ts';
import { invalidOption } from './common/errors.ts';
import { installHost, setHost } from './define/host.ts';
import { sharedState } from './modules/library.ts';
import { endImpostor } from './pool/channels/impostor.ts';
import { takeRoleOver } from './pool/thread/take-over.ts';
import { TaskSupervisor } from './supervisor/supervisor.ts';
import type { Host } from './task/task.ts';

// Tasks
export { backgroundTask } from './define/background-task.ts';
export type { TaskDecorator, TaskFunction, TaskOf } from './define/background-task.ts';
export type { TaskOptions } from './define/task-options.ts';
export type { Settled } from './define/map-run.ts';
export type { Inputs } from './define/input-source.ts';
export type { MapOptions, TaskMap } from './define/task-map.ts';
export { waitCompleted, type WaitOptions } from './define/wait-completed.ts';
export { taskGroup, type TaskGroup, type TaskGroupOptions } from './define/task-group.ts';
export { coMpApply, type CoMpApplyOptions } from './define/co-mp-apply.ts';
export type { PutTaskOptions } from './define/put-task.ts';
export { currentTask, type CurrentTask } from './task/context.ts';
export { main } from './define/main.ts';
export { isPoolThread } from './common/role.ts';
export type { TaskType } from './task/call.ts';
export type { Task, TaskInfo } from './task/task.ts';
export { TaskStatus } from './core/lifecycle.ts';
export type { Priority } from './core/priority.ts';
export type { Duration } from './common/check.ts';

// Supervisor
export { TaskSupervisor };
export type { Clock } from './common/clock.ts';
export type { SupervisorOptions, StopOptions } from './supervisor/options.ts';
export { handleSignals, type HandleSignalsOptions } from './supervisor/handle-signals.ts';
export type { StopReport, SupervisorEvents } from './supervisor/reports/events.ts';
export type { InfoOptions, SupervisorInfo } from './supervisor/info.ts';
export type { PoolInfo } from './supervisor/pools/pool-info.ts';
export type { AloopPoolOptions, AsyncPoolOptions, ProcessPoolOptions, ThreadPoolOptions } from './pool/options.ts';

// Aloops
export type { Aloop, AloopState, AloopStopOptions, AloopTaskOptions } from './supervisor/owned/aloop.ts';
export type { AloopInfo, AloopOptions } from './supervisor/owned/aloops.ts';

// Logging
export { setDebug } from './task/debug.ts';

// Locks
export { Locker, type AcquireOptions, type HeldLock, type LockerOptions } from './locks/locker.ts';

// What a thread keeps
export { g, LocalProxy } from './locals/local-proxy.ts';
export { threadLocal, type ThreadLocal } from './locals/thread-local.ts';

// Collections
export { FunctionCollection } from './collections/function-collection.ts';
export { TaskCollection, type TaskCollectionOptions } from './collections/task-collection.ts';
export type { CollectionOptions, CollectionReport, MemberOptions } from './collections/members.ts';

// Workers, jobs
export { backgroundWorker } from './services/workers/background-worker.ts';
export type { AnyWorkerOptions, WorkerOf } from './services/workers/background-worker.ts';
export { BackgroundWorker, BackgroundWorker as BackgroundAsyncWorker } from './services/workers/loop.ts';
export type { QueueStartOptions, QueueWorkerOptions } from './services/workers/queue-options.ts';
export { BackgroundQueueWorker } from './services/workers/queue.ts';
export type { JobQueue } from './services/workers/job-queue.ts';
export { BackgroundEventWorker, type EventWorkerOptions, type TriggerOptions } from './services/workers/event.ts';
export { BackgroundIntervalWorker, type IntervalWorkerOptions } from './services/workers/interval.ts';
export type { WorkerOptions } from './services/workers/worker-options.ts';
export type { AnyWorker, JobSchedulerInfo, WorkerInfo, WorkerStopOptions } from './services/service.ts';
export type { Scheduler } from './supervisor/owned/schedulers.ts';
export type { AsyncJobSchedulerOptions, CreateAsyncJobOptions } from './services/jobs/job-schedulers.ts';
export type { AsyncJobOptions } from './services/jobs/job-options.ts';
export type { AsyncJob, AsyncJobInfo } from './services/jobs/job.ts';
export type { AsyncJobScheduler } from './services/jobs/scheduler.ts';
export type { Late } from './core/late-ticks.ts';

// Errors
export {
  CanceledError,
  CloneError,
  isTaskError,
  LostError,
  NonErrorThrown,
  TaskError,
  TimeoutError,
  type TaskErrorCode,
} from './common/errors.ts';
export { registerError } from './wire/errors.ts';

/** @internal For atasker/testing, which must not have a copy of what is shared. */
export { inlineMode, setInlineMode } from './task/inline-mode.ts';

// atasker's constants; the strings say the same
/** The priority 'low' (atasker: `TASK_LOW`). */
export const TASK_LOW = 'low';
/** The priority 'normal' (atasker: `TASK_NORMAL`). */
export const TASK_NORMAL = 'normal';
/** The priority 'high' (atasker: `TASK_HIGH`). */
export const TASK_HIGH = 'high';
/** The priority 'critical' (atasker: `TASK_CRITICAL`). */
export const TASK_CRITICAL = 'critical';
/** The task type 'async' (atasker: `TT_COROUTINE`). */
export const TT_COROUTINE = 'async';
/** The task type 'thread' (atasker: `TT_THREAD`). */
export const TT_THREAD = 'thread';
/** The task type 'process' (atasker: `TT_MP`). */
export const TT_MP = 'process';

/** The supervisor that there always is (atasker: `task_supervisor`). It starts by itself with the first task. */
export const taskSupervisor: TaskSupervisor = sharedState('supervisor', () => new TaskSupervisor());

/** Makes another supervisor the default: calls without `supervisor` use it from now on. */
export function setTaskSupervisor(supervisor: Host): void {
  if (typeof supervisor?.submit !== 'function') {
    throw invalidOption('type', `setTaskSupervisor takes a TaskSupervisor, got ${show(supervisor)}`);
  }
  setHost(supervisor);
}

installHost(taskSupervisor);
if (!takeRoleOver()) endImpostor();
