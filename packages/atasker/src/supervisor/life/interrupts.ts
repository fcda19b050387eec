import type { TaskError } from '../../common/errors.ts';
import type { LockTable } from '../../core/lock-table.ts';
import { Set } from '../../platform/primordials.ts';
import { lifeOf } from '../../task/life.ts';
import { taskError, type Outcome } from '../../task/outcome.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { TaskPool } from '../pools/pump.ts';
import type { LateStarts } from './late-starts.ts';
import type { TimeLimits } from './time-limits.ts';

/** What interrupts need from the tasks of a supervisor. */
interface InterruptsOwner {
  readonly limits: TimeLimits;
  readonly lateStarts: LateStarts;
  readonly locks: LockTable;
  /** How long a task may take to stop, in milliseconds, unless the task has a time of its own. */
  readonly cancelGraceMs: number;
  poolOf(task: TaskHandle): TaskPool;
  settle(task: TaskHandle, outcome: Outcome): void;
}

/** Ends tasks before they have run to their end: a cancel, a time limit, a broken pool. */
export class Interrupts {
  readonly #owner: InterruptsOwner;
  /** Async tasks that have been settled although their functions still run. */
  readonly #lingering = new Set<TaskHandle>();

  constructor(owner: InterruptsOwner) {
    this.#owner = owner;
  }

  get lingering(): Iterable<TaskHandle> {
    return this.#lingering;
  }

  /** The function of a task that was interrupted has returned. */
  returned(task: TaskHandle): void {
    if (this.#lingering.delete(task)) lifeOf(task).lingers = false;
  }

  /** A time limit has passed. A start or an outcome that arrived in time counts, even if nobody has read it. */
  exceeded(task: TaskHandle, error: TaskError): void {
    this.#owner.poolOf(task).executor.readArrived(task);
    if (error.code === 'ERR_TASK_QUEUE_TIMEOUT' && task.isStarted()) return;
    const wait = this.#owner.locks.describeWait(task.id);
    if (wait !== null) error.message += `; it was waiting for ${wait}`;
    this.interrupt(task, { kind: 'failed', error });
  }

  /**
   * Decides how a task will end. A waiting task ends at once, a running one when it stops or its grace is over. False if
   * the task has ended, or if its end is decided already.
   */
  interrupt(task: TaskHandle, outcome: Outcome): boolean {
    if (task.isCompleted() || task.life?.interrupt) return false;
    const { limits, lateStarts, cancelGraceMs } = this.#owner;
    const pool = this.#owner.poolOf(task);
    if (pool.withdraw(task, outcome)) {
      this.#owner.settle(task, outcome);
      return true;
    }
    const error = taskError(task, outcome);
    const life = lifeOf(task);
    life.interrupt = outcome.kind === 'canceled' ? { kind: 'canceled', reason: error } : outcome;
    lateStarts.unwatch(task);
    for (const child of life.children) this.interrupt(child, { kind: 'canceled', reason: error });
    limits.stopping(task, task.spec.cancelGraceMs ?? cancelGraceMs, () => this.#graceOver(task));
    pool.executor.stop(task, error as Error);
    return true;
  }

  #graceOver(task: TaskHandle): void {
    const { executor } = this.#owner.poolOf(task);
    executor.readArrived(task);
    if (task.isCompleted()) return;
    const life = lifeOf(task);
    life.isOverdue = executor.end(task);
    if (task.isCompleted() || life.isOverdue) return;
    this.#lingering.add(task);
    life.lingers = true;
    this.#owner.settle(task, life.interrupt!);
  }
}
