import type { Alarm, Alarms } from '../../common/clock.ts';
import { Map, Set } from '../../platform/primordials.ts';
import type { Outcome, TaskHandle } from '../../task/task.ts';

/** The time limits that a task may have running. */
export type LimitName = 'deadline' | 'queueTimeout' | 'timeout' | 'grace' | 'timeoutWarning' | 'timeoutCritical';

/** What a supervisor keeps of a task that has limits, relatives or somebody who ends it; most have none. */
export class TaskLife {
  /** The running task that called it. */
  parent: TaskHandle | null = null;
  /** Tasks that it has called and that are cancelled with it. */
  readonly children = new Set<TaskHandle>();
  /** How many unfinished children it waits for. */
  waitsFor = 0;
  /** Whether its parent waits for it. */
  isAwaited = false;
  /** Whether its slot is free for others while it waits for a child. */
  isSuspended = false;
  /** Whether it was handed over once, and given back before it began. */
  wasGivenBack = false;
  /** The late starts that have been reported. */
  readonly reported = new Set<LimitName>();
  /** How it will end, once somebody has decided that it must. */
  interrupt: Outcome | null = null;
  /** Whether it has been told to end although it has not stopped. */
  isOverdue = false;
  /** Monotonic milliseconds by which it must have ended. */
  deadlineAt = Infinity;
  /** The moment that this stands for, in epoch milliseconds, if the deadline is a Date. */
  deadlineDate: number | null = null;
  readonly #alarms = new Map<LimitName, Alarm>();

  setAlarm(alarms: Alarms, name: LimitName, at: number, callback: () => void): void {
    const ring = (): void => {
      this.#alarms.delete(name);
      callback();
    };
    this.clearAlarm(alarms, name);
    this.#alarms.set(name, alarms.at(at, ring));
  }

  clearAlarm(alarms: Alarms, name: LimitName): void {
    const alarm = this.#alarms.get(name);
    if (alarm === undefined) return;
    alarms.cancel(alarm);
    this.#alarms.delete(name);
  }

  clearAlarms(alarms: Alarms): void {
    for (const alarm of this.#alarms.values()) alarms.cancel(alarm);
    this.#alarms.clear();
  }
}

/** The life of a task, if it has one. */
export function findLife(task: TaskHandle): TaskLife | null {
  return task.life as TaskLife | null;
}

/** The life of a task, made if need be. */
export function lifeOf(task: TaskHandle): TaskLife {
  const life = findLife(task) ?? new TaskLife();
  task.life = life;
  return life;
}
