import type { Alarm, Alarms } from '../common/clock.ts';
import type { Entry } from '../core/admission.ts';
import type { Delayed } from '../core/delays.ts';
import { Map, Set } from '../platform/primordials.ts';
import type { Outcome } from './outcome.ts';

/** The names of the time limits and alarms of a task. */
export type LimitName = 'deadline' | 'queueTimeout' | 'timeout' | 'grace' | 'timeoutWarning' | 'timeoutCritical';

/** What a supervisor keeps of a task that has limits or relatives, or is being ended; most tasks have none of these. */
export class TaskLife<T> {
  /** The running task that called this task. */
  parent: T | null = null;
  /** How many unfinished children this task waits for. */
  waitsFor = 0;
  /** Whether the parent waits for this task. */
  isAwaited = false;
  /** Whether other tasks may use the slot while this task waits for a child. */
  isSuspended = false;
  /** Which run of the task this is, from 1; 0 for a task that was not taken, and never runs. */
  attempt = 1;
  /** How many faults have given this task back before it began. */
  faults = 0;
  /** Of how many of these faults the task itself may have been the reason. */
  ownFaults = 0;
  /** How the task will end, once something (a cancel, a time limit) has decided that it must. */
  interrupt: Outcome | null = null;
  /** Whether the executor was told to end the task by force, because the task had not stopped within its grace. */
  isOverdue = false;
  /** Whether the task has ended although its function still runs. */
  lingers = false;
  /** The monotonic time in ms by which the task must have ended. */
  deadlineAt = Infinity;
  /** The date that `deadlineAt` stands for, in epoch milliseconds, if the deadline is a Date. */
  deadlineDate: number | null = null;
  /** The place of the task among the delayed tasks, while it is delayed. */
  delayed: Delayed<Entry> | null = null;
  /** The monotonic time in ms at which a delayed task is due; 0 for a task that is due at its call. */
  dueAt = 0;
  // Made when they are needed: there may be a million tasks that are delayed and have nothing else.
  #children: Set<T> | null = null;
  #reported: Set<LimitName> | null = null;
  #alarms: Map<LimitName, Alarm> | null = null;

  /** Tasks that this task has called and that are cancelled with it. */
  get children(): Set<T> {
    return (this.#children ??= new Set());
  }

  /** The late starts that have been reported. */
  get reported(): Set<LimitName> {
    return (this.#reported ??= new Set());
  }

  setAlarm(alarms: Alarms, name: LimitName, at: number, callback: () => void): void {
    const ring = (): void => {
      this.#alarms?.delete(name);
      callback();
    };
    this.clearAlarm(alarms, name);
    this.#alarms ??= new Map();
    this.#alarms.set(name, alarms.at(at, ring));
  }

  clearAlarm(alarms: Alarms, name: LimitName): void {
    const alarm = this.#alarms?.get(name);
    if (alarm === undefined) return;
    alarms.cancel(alarm);
    this.#alarms!.delete(name);
  }

  clearAlarms(alarms: Alarms): void {
    if (this.#alarms === null) return;
    for (const alarm of this.#alarms.values()) alarms.cancel(alarm);
    this.#alarms = null;
  }
}

/** What is kept of a task; begins to keep it if nothing was kept so far. */
export function lifeOf<T extends { life: TaskLife<T> | null }>(task: T): TaskLife<T> {
  task.life ??= new TaskLife<T>();
  return task.life;
}
