import { checkDuration, type Duration } from '../../common/check.ts';
import type { Alarms } from '../../common/clock.ts';
import { each } from '../../platform/methods.ts';
import type { Task, TaskHandle } from '../../task/task.ts';
import { findLife, lifeOf } from './task-life.ts';

/** When a late start is reported, and to whom besides the listeners. */
export interface LateStartOptions {
  timeoutWarning: Duration;
  timeoutCritical: Duration;
  timeoutWarningFunc: ((task: Task) => unknown) | null;
  timeoutCriticalFunc: ((task: Task) => unknown) | null;
}

/** Which of the two. */
export type LateStart = 'timeoutWarning' | 'timeoutCritical';

const LEVELS: readonly LateStart[] = ['timeoutWarning', 'timeoutCritical'];

/** Reports tasks that wait too long, while they wait. Costs nothing while nobody wants to know. */
export class LateStarts {
  readonly #alarms: Alarms;
  readonly #options: LateStartOptions;
  readonly #isWanted: (level: LateStart) => boolean;
  readonly #report: (level: LateStart, task: TaskHandle) => void;

  constructor(
    alarms: Alarms,
    options: LateStartOptions,
    isWanted: (level: LateStart) => boolean,
    report: (level: LateStart, task: TaskHandle) => void,
  ) {
    this.#alarms = alarms;
    this.#options = options;
    this.#isWanted = isWanted;
    this.#report = report;
  }

  /** A task waits from now on, or somebody has become interested in it. */
  watch(task: TaskHandle): void {
    for (const level of each(LEVELS)) {
      if (!this.#isWanted(level) || findLife(task)?.reported.has(level)) continue;
      const at = task.dueAt + checkDuration(level, this.#options[level]);
      lifeOf(task).setAlarm(this.#alarms, level, at, () => {
        if (task.isStarted()) return;
        lifeOf(task).reported.add(level);
        this.#report(level, task);
      });
    }
  }

  /** It waits no more. */
  unwatch(task: TaskHandle): void {
    if (task.life === null) return;
    for (const level of each(LEVELS)) lifeOf(task).clearAlarm(this.#alarms, level);
  }
}
