import type { Alarms, Clock } from '../clock.ts';
import { TimeoutError, type TaskErrorCode } from '../errors.ts';
import type { TaskHandle } from '../task.ts';
import { findLife, lifeOf, type LimitName } from './life.ts';

/** The limits that tasks have for waiting, running, and both together. */
export class TimeLimits {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  /** A limit has passed: the task is to end as failed with this. */
  readonly #exceeded: (task: TaskHandle, error: TimeoutError) => void;

  constructor(clock: Clock, alarms: Alarms, exceeded: (task: TaskHandle, error: TimeoutError) => void) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#exceeded = exceeded;
  }

  /**
   * From submit: the deadline of its own or what is left of its parent's.
   * Gives the error of a task whose deadline has passed already, else null.
   */
  submitted(task: TaskHandle, parent: TaskHandle | null): TimeoutError | null {
    const inherited = parent === null || task.spec.detached ? Infinity : (findLife(parent)?.deadlineAt ?? Infinity);
    const at = Math.min(inherited, this.#ownDeadline(task));
    if (at === Infinity) return null;
    if (at <= this.#clock.now()) return limitError(task, 'ERR_TASK_DEADLINE', MISSED);
    lifeOf(task).deadlineAt = at;
    this.#set(task, 'deadline', at, 'ERR_TASK_DEADLINE', MISSED);
    return null;
  }

  /** From when it is due: the limit of waiting. */
  due(task: TaskHandle): void {
    const { queueTimeoutMs } = task.spec;
    if (queueTimeoutMs === null) return;
    const fact = `waited longer than ${queueTimeoutMs} ms`;
    this.#set(task, 'queueTimeout', task.dueAt + queueTimeoutMs, 'ERR_TASK_QUEUE_TIMEOUT', fact);
  }

  /** From the start of its function, at a time of the clock, or right now: the limit of running. */
  started(task: TaskHandle, noted: number | null): void {
    findLife(task)?.clearAlarm(this.#alarms, 'queueTimeout');
    const { timeoutMs } = task.spec;
    if (timeoutMs === null) return;
    const at = noted ?? this.#clock.now();
    this.#set(task, 'timeout', at + timeoutMs, 'ERR_TASK_TIMEOUT', `ran longer than ${timeoutMs} ms`);
  }

  /** The last limit: how long it may go on after it was asked to stop. */
  stopping(task: TaskHandle, graceMs: number, over: () => void): void {
    const life = lifeOf(task);
    life.clearAlarms(this.#alarms);
    life.setAlarm(this.#alarms, 'grace', this.#clock.now() + graceMs, over);
  }

  ended(task: TaskHandle): void {
    findLife(task)?.clearAlarms(this.#alarms);
  }

  #ownDeadline({ spec: { deadline } }: TaskHandle): number {
    if (deadline === null) return Infinity;
    const ms = deadline instanceof Date ? deadline.getTime() - this.#clock.date() : deadline;
    return this.#clock.now() + ms;
  }

  #set(task: TaskHandle, name: LimitName, at: number, code: TaskErrorCode, fact: string): void {
    lifeOf(task).setAlarm(this.#alarms, name, at, () => this.#exceeded(task, limitError(task, code, fact)));
  }
}

const MISSED = 'did not end by its deadline';

function limitError(task: TaskHandle, code: TaskErrorCode, fact: string): TimeoutError {
  return new TimeoutError(code, `task ${task.name} ${fact}`, { taskId: task.id, taskName: task.name });
}
