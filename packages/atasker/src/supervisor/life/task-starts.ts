import { systemClock, type Clock, type HeldClock } from '../../common/clock.ts';
import type { Events } from '../../common/events.ts';
import { TaskStatus } from '../../core/lifecycle.ts';
import { Math } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Pools } from '../pools/pools.ts';
import type { SupervisorEvents } from '../reports/events.ts';
import type { Reports } from '../reports/reports.ts';
import type { LateStarts } from './late-starts.ts';
import type { TimeLimits } from './time-limits.ts';

/** What starts need from the tasks of a supervisor. */
interface TaskStartsOwner {
  readonly clock: Clock;
  /** The same clock, which stands still while a batch of facts is reported. */
  readonly held: HeldClock;
  readonly events: Events<SupervisorEvents>;
  readonly lateStarts: LateStarts;
  readonly limits: TimeLimits;
  readonly reports: Reports;
  readonly pools: () => Pools;
}

/** When tasks begin, and who has to hear of that at once. */
export class TaskStarts {
  readonly #owner: TaskStartsOwner;

  constructor(owner: TaskStartsOwner) {
    this.#owner = owner;
  }

  /** The function of a task begins, at `noted` in monotonic milliseconds of the machine; null means right now. */
  started(task: TaskHandle, noted: number | null): void {
    const { clock, lateStarts, limits, reports } = this.#owner;
    if (task.toldStatus !== TaskStatus.queued) return; // the task has ended, or its start is known already
    const at = clock === systemClock ? noted : null; // threads note machine time
    task.begin(at === null ? Math.max(task.timeQueued, clock.date()) : this.#dateOf(task, at));
    lateStarts.unwatch(task);
    if (!task.life?.interrupt) limits.started(task, at);
    reports.tell('taskStarted', task);
    if (task.life?.isOverdue) this.#owner.pools().of(task).executor.end(task); // not possible before
  }

  /** Whether a start has to be reported at once: because of a time limit, a listener, a relative or another clock. */
  isWanted({ spec, watcher, life }: TaskHandle): boolean {
    const { clock, events } = this.#owner;
    const hasLimit = spec.timeoutMs !== null || spec.queueTimeoutMs !== null;
    const isHeard = watcher !== null || events.has('taskStarted');
    return hasLimit || isHeard || life !== null || clock !== systemClock;
  }

  /** From now on starts have to be reported at once, because somebody listens. */
  watch(): void {
    this.#owner.pools().find('thread')?.executor.watchStarts?.();
  }

  /** When a task began whose start has not been reported, in epoch milliseconds; null if it has not begun. */
  startOf(task: TaskHandle): number | null {
    const at = this.#owner.pools().of(task).executor.startOf?.(task) ?? null;
    return at === null ? null : this.#dateOf(task, at);
  }

  /** The date of a clock time, rounded up because dates are rounded down: so a delay never looks too short. */
  #dateOf(task: TaskHandle, at: number): number {
    const { held } = this.#owner;
    const date = held.date();
    return Math.max(task.timeQueued, Math.min(date, Math.ceil(date - (held.now() - at))));
  }
}
