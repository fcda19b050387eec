import type { Alarm, Alarms, Clock, HeldClock } from '../../common/clock.ts';
import { Admission } from '../../core/admission.ts';
import { roomFor } from '../../core/limits.ts';
import type { PerPriority, Priority } from '../../core/priority.ts';
import type { Executor, ExecutorEvents, TaskEvents } from '../../executors/executor.ts';
import type { PoolLimits } from '../../pool/options.ts';

import { listOf } from '../../platform/methods.ts';
import { taskError, type Outcome } from '../../task/outcome.ts';
import type { TaskHandle } from '../../task/task.ts';

/** What all pools of a supervisor share. */
export interface TaskPoolOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly events: TaskEvents;
  /** A delayed task is due, and waits for a slot now. */
  readonly becameDue: (task: TaskHandle) => void;
  /** There may be more room for tasks of this pool, or less. */
  readonly roomChanged: () => void;
  /** The same clock, which stands still while many facts are reported together. */
  readonly held: HeldClock;
  /** No thread or process can be started for these tasks. */
  readonly broken: (tasks: readonly TaskHandle[], error: Error, isNews: boolean) => void;
}

/**
 * The way of the tasks of one type to their executor. Admission decides which task may start, the executor whether it
 * has room, and the pump starts tasks as long as both agree. Every event just asks for one more turn of the pump.
 */
export class TaskPool<E extends Executor = Executor> {
  readonly executor: E;
  readonly admission: Admission<TaskHandle>;
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #becameDue: (task: TaskHandle) => void;
  readonly #roomChanged: () => void;
  readonly #held: HeldClock;
  #limits: PoolLimits;
  #dueAlarm: { readonly alarm: Alarm; readonly at: number } | null = null;
  #isPumping = false;
  #isAskedAgain = false;

  constructor(context: TaskPoolOwner, limits: PoolLimits, makeExecutor: (events: ExecutorEvents) => E) {
    const { clock, alarms, events, becameDue, roomChanged, held, broken } = context;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#becameDue = becameDue;
    this.#roomChanged = roomChanged;
    this.#held = held;
    this.#limits = limits;
    this.executor = makeExecutor({
      ...events,
      roomChanged: () => this.pump(),
      together: (report) => this.#together(report),
      offerClosed: () => this.admission.closeOffer(),
      broken: (error, isNews) => broken(listOf(this.admission.waitingTasks()), error, isNews),
    });
    this.admission = new Admission<TaskHandle>(limits, this.executor.offer ?? null);
  }

  get limits(): PoolLimits {
    return this.#limits;
  }

  /** How many tasks wait, without the delayed tasks. */
  get waitingCount(): number {
    return this.admission.waitingCount;
  }

  /** When a task became due, in time of the clock. */
  dueSince(task: TaskHandle): number {
    return task.dueSince(this.#clock);
  }

  /** How many more tasks of each priority may start now. */
  get room(): PerPriority {
    if (this.executor.isBroken) return { low: 0, normal: 0, high: 0, critical: 0 };
    return roomFor(this.admission.waiting(), this.admission.running, this.#limits);
  }

  resize(limits: PoolLimits): void {
    this.#limits = limits;
    this.admission.resize(limits);
    this.pump();
  }

  /** @throws what the executor throws if it cannot take the task */
  delay(task: TaskHandle, dueAt: number): void {
    this.executor.announce?.(task);
    this.admission.delay(task, dueAt);
    this.#watchDue();
  }

  /**
   * Puts the task into the backlog. Returns false if the backlog is full and the task has to be rejected. With
   * `whenFull: 'wait'` tasks beyond `maxQueue` wait in the same backlog, by priority like all others.
   */
  tryQueue(task: TaskHandle): boolean {
    const { maxQueue, whenFull } = this.#limits;
    const isBounded = maxQueue < Infinity && whenFull !== 'wait' && !task.isChild;
    if (isBounded || this.#isPumping) this.admission.queue(task);
    else this.admission.queueOrPublish(task);
    if (!isBounded) return true;
    if (this.admission.mustWait() <= maxQueue) return true;
    this.admission.withdraw(task);
    return false;
  }

  /** Takes out a task that has not been handed over; false if the task is not here. */
  withdraw(task: TaskHandle, outcome: Outcome): boolean {
    const wasDelayed = task.delayed !== null;
    const isHere = this.admission.withdraw(task);
    if (isHere && wasDelayed) this.executor.withdrawn?.(task, taskError(task, outcome));
    if (isHere && task.delayed === null) this.#watchDue();
    return isHere;
  }

  setPriority(task: TaskHandle, priority: Priority): boolean {
    if (this.executor.setPriority === undefined) return this.admission.setPriority(task, priority);
    if (!this.executor.setPriority(task, priority)) return false;
    if (!this.admission.setPriority(task, priority)) task.priority = priority;
    return true;
  }

  /** Starts the tasks that may start. A request for one more turn during a turn is served after that turn. */
  pump(): void {
    this.#isAskedAgain = true;
    if (this.#isPumping) return this.admission.holdBack(); // new tasks go before less urgent tasks of the offer
    this.#isPumping = true;
    try {
      while (this.#isAskedAgain) {
        this.#isAskedAgain = false;
        this.#startAll();
        this.executor.prepare?.(this.admission);
      }
    } finally {
      this.#isPumping = false;
    }
    this.#roomChanged();
  }

  #together(report: () => void): void {
    const wasPumping = this.#isPumping;
    this.#isPumping = true;
    try {
      this.#held.hold(report);
    } finally {
      this.#isPumping = wasPumping;
    }
    this.pump();
  }

  #startAll(): void {
    for (;;) {
      this.admission.publish();
      const { head } = this.admission;
      if (head === null || !this.executor.hasRoomFor(head)) return;
      const task = this.admission.takeNext();
      if (task === null) return;
      this.executor.start(task);
    }
  }

  /** Keeps one alarm, for the delayed task that is due first. */
  #watchDue(): void {
    const at = this.admission.nextDue;
    if (at === (this.#dueAlarm?.at ?? Infinity)) return;
    if (this.#dueAlarm !== null) this.#alarms.cancel(this.#dueAlarm.alarm);
    this.#dueAlarm = at === Infinity ? null : { at, alarm: this.#alarms.at(at, () => this.#wake()) };
  }

  #wake(): void {
    this.#dueAlarm = null;
    for (;;) {
      const task = this.admission.takeDue(this.#clock.now());
      if (task === null) break;
      this.#becameDue(task);
    }
    this.#watchDue();
    this.pump();
  }
}
