import type { Priority } from '../../src/core/priority.ts';
import { TaskStatus, type Task } from '../../src/index.ts';

/** The delay and the time limits of a call, in milliseconds. */
export interface CallLimits {
  readonly delay?: number;
  readonly queueTimeout?: number;
  readonly timeout?: number;
  readonly deadline?: number;
}

/** What the simulator knows of one task. */
export interface Known {
  readonly id: string;
  readonly sequence: number;
  readonly isChild: boolean;
  readonly limits: CallLimits;
  readonly calledAt: number;
  /** When it must have ended; a child must when its parent must. Infinity if it need not. */
  readonly deadlineAt: number;
  /** Set as soon as the call has returned. */
  task: Task | null;
  priority: Priority;
  /** Its place among the calls of its priority. */
  order: number;
  /** The step in which it began to wait. */
  since: number;
  /** Whether its place among the others has changed, so that the order says nothing of it any more. */
  isMoved: boolean;
  /** Whether its priority was changed. */
  isReordered: boolean;
  /** `ahead`: it waits in a busy member, which begins it next unless the pool takes it back. */
  state: 'called' | 'waiting' | 'ahead' | 'taken' | 'running' | 'over';
  /** Whether it began in a member where it waited, and the program has not heard of that. */
  isUnheard: boolean;
  beganAt: number | null;
  calls: number;
  /** Whether it counts against the limits. */
  isCounted: boolean;
}

/** How the error of a task begins whose pool has given up its memory. */
const UNKNOWN = /^it is unknown whether /;

/**
 * What is wrong with the end of a task at this time; null if nothing is.
 *
 * @param mayBeUnknown whether the pool may have given up its memory, and the start of the task with it
 */
export function wrongEnd(known: Known, task: Task, now: number, mayBeUnknown: boolean): string | null {
  const { id, beganAt, sequence, limits, calledAt, deadlineAt, calls } = known;
  const { timeStarted, result } = task;
  if (mayBeUnknown && timeStarted === null && UNKNOWN.test(String((task.error as Error | undefined)?.message)))
    return null;
  if (timeStarted !== beganAt) return `${id} began at ${beganAt}, and its timeStarted is ${timeStarted}`;
  if (task.status === TaskStatus.completed) {
    if (calls !== 1) return `${id} has completed, and its function was called ${calls} times`;
    return result === sequence ? null : `${id} has the result of ${String(result)}`;
  }
  const { delay = 0, queueTimeout = Infinity, timeout = Infinity } = limits;
  const waited = (beganAt ?? now) - calledAt - delay;
  switch (codeOf(task)) {
    case 'ERR_TASK_QUEUE_TIMEOUT':
      return waited >= queueTimeout ? null : `${id} waited for ${waited} ms only, of ${queueTimeout} ms`;
    case 'ERR_TASK_TIMEOUT':
      if (beganAt !== null && now - beganAt >= timeout) return null;
      return `${id} ran from ${beganAt} to ${now} only, of ${timeout} ms`;
    case 'ERR_TASK_DEADLINE':
      return now >= deadlineAt ? null : `${id} misses its deadline at ${now}, and it is at ${deadlineAt}`;
  }
  return null;
}

/** The code of the error with which a task has ended; empty if it has none. */
export function codeOf(task: Task): string {
  return (task.error as { code?: string } | undefined)?.code ?? '';
}
