import type { Alarm, Alarms, Clock } from '../common/clock.ts';
import type { Demand, Executor, ExecutorEvents, ExecutorSize } from '../executors/executor.ts';
import { firstOf } from '../platform/methods.ts';
import { Error, Map, Math, setOf } from '../platform/primordials.ts';
import type { TaskArgs } from '../task/args.ts';
import type { Outcome } from '../task/outcome.ts';
import type { TaskHandle } from '../task/task.ts';
import { THREADS } from './channels/thread.ts';
import type { MemberPoolContext } from './context.ts';
import { AloopDispatch } from './dispatch/aloop-dispatch.ts';
import type { PoolMember } from './member/member.ts';
import type { MemberPoolSettings } from './options.ts';
import { MemberPool } from './pool.ts';

/** How long the event loop of a thread may stand still while a task there has to end, in milliseconds. */
const BLOCKED_MS = 1_000;

/**
 * Runs any number of tasks side by side on the event loop of one thread. This is a pool of one member that takes many
 * tasks. If the member dies, or must take no further task, another member is started for the tasks that come later.
 *
 * A task that does not stop cannot be ended alone. As long as the event loop goes round, the other tasks go on beside
 * it. If the event loop stands still, the thread is ended with all tasks that run there.
 */
export class SideBySidePool implements Executor {
  readonly #members: MemberPool;
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  #dispatch: AloopDispatch | null = null;
  readonly #events: ExecutorEvents;
  /** The threads in which a task has to end: the pool asks them whether their event loop goes round. */
  readonly #watches = new Map<PoolMember, LoopWatch>();
  #isOpen = false;

  constructor(name: string, events: ExecutorEvents, context: MemberPoolContext, settings: MemberPoolSettings) {
    this.#events = events;
    this.#clock = context.clock;
    this.#alarms = context.alarms;
    const aloop = {
      name,
      makeDispatch: (retire: (member: PoolMember) => void) => (this.#dispatch = new AloopDispatch(retire)),
      drop: (member: PoolMember, task: TaskHandle, outcome: Outcome) => {
        member.drop(task, outcome);
        this.#watchLoop(member, task);
      },
    };
    this.#members = new MemberPool(THREADS, events, { ...context, aloop }, settings);
  }

  get size(): ExecutorSize {
    return this.#members.size;
  }

  configure(settings: MemberPoolSettings): void {
    this.#members.configure(settings);
  }

  /** The thread starts at the next turn of the pump. */
  open(): void {
    this.#isOpen = true;
    this.#members.open();
  }

  take(args: readonly unknown[]): TaskArgs {
    return this.#members.take(args);
  }

  /**
   * A thread whose event loop may stand still gets no task until it has answered: a new task must not end with the
   * thread.
   */
  hasRoomFor(task: TaskHandle): boolean {
    if (!this.#isOpen) return false;
    const { serving } = this.#dispatch!;
    if (serving !== null && this.#watches.get(serving)?.hasAnswered === false) return false;
    return this.#members.hasRoomFor(task);
  }

  /** One thread is enough, however many tasks wait. */
  prepare(demand: Demand): void {
    if (!this.#isOpen) return;
    this.#members.prepare({
      slotsWanted: () => Math.min(1, demand.slotsWanted()),
      mostSlotsWanted: () => Math.min(1, demand.mostSlotsWanted()),
      childWaits: false,
    });
  }

  start(task: TaskHandle): void {
    this.#members.start(task);
  }

  stop(task: TaskHandle, error: Error): void {
    this.#members.stop(task, error);
  }

  end(task: TaskHandle): boolean {
    const member = this.#dispatch!.memberOf(task);
    member?.runs.revoke(task); // its start is reported, or it never begins
    if (member !== null) this.#watchLoop(member, task);
    return false;
  }

  readArrived(task: TaskHandle): void {
    this.#members.readArrived(task);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#members.close();
    for (const { alarm } of this.#watches.values()) this.#alarms.cancel(alarm);
    this.#watches.clear();
  }

  /** A task in this member has to end: until it is gone, the event loop of the member must go round. */
  #watchLoop(member: PoolMember, task: TaskHandle): void {
    if (member.isGone) return;
    const watch = this.#watches.get(member);
    if (watch !== undefined) return void watch.overdue.add(task);
    this.#ask(member, setOf([task]));
  }

  #ask(member: PoolMember, overdue: Set<TaskHandle>): void {
    const alarm = this.#alarms.at(this.#clock.now() + BLOCKED_MS, () => {
      member.readArrived(); // the pool's own thread may be late
      this.#watches.delete(member);
      const first = firstOf(overdue);
      if (!watch.hasAnswered) member.lose(new Error(`the event loop was blocked when ${first!.name} had to be ended`));
      for (const task of overdue) if (member.assignments.of(task) === null) overdue.delete(task);
      if (watch.hasAnswered && overdue.size > 0 && !member.isGone) this.#ask(member, overdue);
    });
    const watch: LoopWatch = { overdue, alarm, hasAnswered: false };
    this.#watches.set(member, watch);
    member.ask(() => {
      watch.hasAnswered = true;
      this.#events.roomChanged();
    });
  }
}

interface LoopWatch {
  /** The tasks in this thread that have to end. */
  readonly overdue: Set<TaskHandle>;
  readonly alarm: Alarm;
  hasAnswered: boolean;
}
