import { checkDuration, type Duration } from '../../common/check.ts';
import type { Alarms, Clock } from '../../common/clock.ts';
import { each } from '../../platform/methods.ts';
import { lifeOf } from '../../task/life.ts';
import type { Task, TaskHandle } from '../../task/task.ts';

/** When a late start is reported, and the functions that are called besides the listeners. */
export interface LateStartOptions {
  timeoutWarning: Duration;
  timeoutCritical: Duration;
  timeoutWarningFunc: ((task: Task) => unknown) | null;
  timeoutCriticalFunc: ((task: Task) => unknown) | null;
}

export type LateStart = 'timeoutWarning' | 'timeoutCritical';

const LEVELS: readonly LateStart[] = ['timeoutWarning', 'timeoutCritical'];
const FUNCS = { timeoutWarning: 'timeoutWarningFunc', timeoutCritical: 'timeoutCriticalFunc' } as const;

/** What late starts need from their supervisor. */
interface LateStartsOwner {
  hasListener(level: LateStart): boolean;
  tell(level: LateStart, task: TaskHandle): void;
  /** Calls a function of the user. */
  guard(source: string, call: () => unknown): void;
}

/** Reports tasks that wait too long, while they still wait. Costs nothing while nobody asks for these reports. */
export class LateStarts {
  readonly #alarms: Alarms;
  readonly #clock: Clock;
  readonly #options: LateStartOptions;
  readonly #owner: LateStartsOwner;

  constructor(alarms: Alarms, clock: Clock, options: LateStartOptions, owner: LateStartsOwner) {
    this.#alarms = alarms;
    this.#clock = clock;
    this.#options = options;
    this.#owner = owner;
  }

  /** Watches a task that waits from now on, or that waits already when somebody begins to ask for late starts. */
  watch(task: TaskHandle): void {
    for (const level of each(LEVELS)) {
      if (!this.#isWanted(level) || task.life?.reported.has(level)) continue;
      const at = task.dueSince(this.#clock) + checkDuration(level, this.#options[level]);
      lifeOf(task).setAlarm(this.#alarms, level, at, () => {
        if (task.isStarted()) return;
        lifeOf(task).reported.add(level);
        this.#report(level, task);
      });
    }
  }

  #isWanted(level: LateStart): boolean {
    return this.#options[FUNCS[level]] !== null || this.#owner.hasListener(level);
  }

  #report(level: LateStart, task: TaskHandle): void {
    this.#owner.tell(level, task);
    this.#owner.guard(FUNCS[level], () => this.#options[FUNCS[level]]?.(task));
  }

  /** The task does not wait any more. */
  unwatch(task: TaskHandle): void {
    if (task.life === null) return;
    for (const level of each(LEVELS)) lifeOf(task).clearAlarm(this.#alarms, level);
  }
}
