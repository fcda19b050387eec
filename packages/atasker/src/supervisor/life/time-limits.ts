import type { Alarms, Clock } from '../../common/clock.ts';
import { TimeoutError, type TaskErrorCode } from '../../common/errors.ts';
import { dateGetTime } from '../../platform/methods.ts';
import { lifeOf, type LimitName, type TaskLife } from '../../task/life.ts';
import type { TaskHandle } from '../../task/task.ts';
import { WallClockWatch } from './wall-clock-watch.ts';

/** The time limits of tasks: for waiting, for running, and for both together (the deadline). */
export class TimeLimits {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  /** Called when a limit has passed: the task has to fail with this error. */
  readonly #exceeded: (task: TaskHandle, error: TimeoutError) => void;

  /** The tasks whose deadline is a Date. */
  readonly #dates: WallClockWatch<TaskHandle>;

  constructor(clock: Clock, alarms: Alarms, exceeded: (task: TaskHandle, error: TimeoutError) => void) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#exceeded = exceeded;
    this.#dates = new WallClockWatch(clock, alarms, (task) => this.#followWallClock(task));
  }

  /**
   * Starts the deadline at submit: that of the task, or that of its parent if it is earlier. Returns the error of a
   * task whose deadline has passed already, else null.
   */
  submitted(task: TaskHandle, parent: TaskHandle | null): TimeoutError | null {
    const own = this.#ownDeadline(task);
    const inherited = parent === null || task.spec.detached ? null : parent.life;
    const { deadlineAt, deadlineDate } = inherited !== null && inherited.deadlineAt <= own.deadlineAt ? inherited : own;
    if (deadlineAt === Infinity) return null;
    if (deadlineAt <= this.#clock.now()) return limitError(task, 'ERR_TASK_DEADLINE', MISSED);
    lifeOf(task).deadlineDate = deadlineDate;
    this.#setDeadline(task, deadlineAt);
    if (deadlineDate !== null) this.#dates.add(task);
    return null;
  }

  /** Starts the limit for waiting, when the task is due. */
  due(task: TaskHandle): void {
    const { queueTimeoutMs } = task.spec;
    if (queueTimeoutMs === null) return;
    const fact = `waited longer than ${queueTimeoutMs} ms`;
    this.#set(task, 'queueTimeout', task.dueSince(this.#clock) + queueTimeoutMs, 'ERR_TASK_QUEUE_TIMEOUT', fact);
  }

  /**
   * Starts the limit for running, at the start of the function: at `noted` in time of the clock, or now if that is
   * null.
   */
  started(task: TaskHandle, noted: number | null): void {
    task.life?.clearAlarm(this.#alarms, 'queueTimeout');
    const { timeoutMs } = task.spec;
    if (timeoutMs === null) return;
    const at = noted ?? this.#clock.now();
    this.#set(task, 'timeout', at + timeoutMs, 'ERR_TASK_TIMEOUT', `ran longer than ${timeoutMs} ms`);
  }

  /** Starts the last limit: how long a task may go on after it was asked to stop. */
  stopping(task: TaskHandle, graceMs: number, over: () => void): void {
    const life = lifeOf(task);
    life.clearAlarms(this.#alarms);
    life.setAlarm(this.#alarms, 'grace', this.#clock.now() + graceMs, over);
  }

  ended(task: TaskHandle): void {
    if (task.life === null) return; // no limit was ever set
    task.life.clearAlarms(this.#alarms);
    this.#dates.delete(task);
  }

  #ownDeadline({ spec: { deadline } }: TaskHandle): Pick<TaskLife<TaskHandle>, 'deadlineAt' | 'deadlineDate'> {
    if (deadline === null) return { deadlineAt: Infinity, deadlineDate: null };
    if (typeof deadline === 'number') return { deadlineAt: this.#clock.now() + deadline, deadlineDate: null };
    return { deadlineAt: this.#timeOf(dateGetTime(deadline)), deadlineDate: dateGetTime(deadline) };
  }

  /** The clock time of a date, provided that nobody sets the wall clock meanwhile. */
  #timeOf(date: number): number {
    return this.#clock.now() + date - this.#clock.date();
  }

  #setDeadline(task: TaskHandle, at: number): void {
    const life = lifeOf(task);
    life.deadlineAt = at;
    life.setAlarm(this.#alarms, 'deadline', at, () => {
      const isEarly = life.deadlineDate !== null && this.#clock.date() < life.deadlineDate;
      if (isEarly) this.#followWallClock(task); // the wall clock was put back
      else this.#exceeded(task, limitError(task, 'ERR_TASK_DEADLINE', MISSED));
    });
  }

  #followWallClock(task: TaskHandle): void {
    if (task.life!.interrupt === null) this.#setDeadline(task, this.#timeOf(task.life!.deadlineDate!));
  }

  #set(task: TaskHandle, name: LimitName, at: number, code: TaskErrorCode, fact: string): void {
    lifeOf(task).setAlarm(this.#alarms, name, at, () => this.#exceeded(task, limitError(task, code, fact)));
  }
}

const MISSED = 'did not end by its deadline';

function limitError(task: TaskHandle, code: TaskErrorCode, fact: string): TimeoutError {
  return new TimeoutError(code, `task ${task.name} ${fact}`, { taskId: task.id, taskName: task.name });
}
