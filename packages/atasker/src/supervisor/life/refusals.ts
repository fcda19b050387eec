import { aboutTask, isTaskError, TaskError } from '../../common/errors.ts';
import { withoutStack } from '../../platform/stacks.ts';
import type { Outcome } from '../../task/outcome.ts';
import { runsHere } from '../../task/call.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { TaskPool } from '../pools/pump.ts';

/** A pool breaks once for all waiting tasks, but each of them gets an error object of its own. */
export function brokenFor(task: TaskHandle, { message, cause }: Error): unknown {
  return aboutTask(
    withoutStack(() => new TaskError('ERR_POOL_BROKEN', message, { cause })),
    task,
  );
}

export function notHere(task: TaskHandle): TaskError {
  const message = `${task.name} is an async task, but its module has not been loaded in the thread of the supervisor`;
  return new TaskError('ERR_TASK_LOAD', message, { taskId: task.id, taskName: task.name });
}

export function rejected(task: TaskHandle, pool: TaskPool): TaskError {
  const message = `the backlog is full: ${pool.waitingCount} tasks wait, maxQueue is ${pool.limits.maxQueue}`;
  return new TaskError('ERR_TASK_REJECTED', message, { taskId: task.id, taskName: task.name });
}

export function idInUse(id: string): TaskError {
  return new TaskError('ERR_NAME_IN_USE', `the id ${id} is in use by a task that has not ended`, { taskId: id });
}

/** The error of an outcome. */
export function errorOf(outcome: Outcome): unknown {
  if (outcome.kind === 'completed') return undefined;
  return outcome.kind === 'failed' ? outcome.error : outcome.reason;
}

/** Whether an error is the very object that the user's function has thrown. */
export function isOwnError(task: TaskHandle, error: unknown): boolean {
  return runsHere(task.spec) && !isTaskError(error);
}

/** Why the code that calls `stop()` of a supervisor cannot await the stop. */
export const STOP = {
  inTask: 'is stopping, and waits for the task that has called stop(): do not await stop() in that task',
  inService:
    'is stopping, and waits for the worker, job or scheduler that has called stop(): do not await stop() in its code',
  inThread: 'cannot be stopped by a task in a thread or process: call stop() where the supervisor is',
} as const;
