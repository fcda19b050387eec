import { AsyncResource } from 'node:async_hooks';
import { HeldClock, type Alarms, type Clock } from '../../common/clock.ts';
import { aboutTask, isTaskError } from '../../common/errors.ts';
import type { Events } from '../../common/events.ts';
import { TaskStatus } from '../../core/lifecycle.ts';
import { LockTable } from '../../core/lock-table.ts';
import type { Priority } from '../../core/priority.ts';
import { findTarget } from '../../define/registry.ts';
import type { ChildCall, Executor, Fault, TaskEvents } from '../../executors/executor.ts';
import type { Remote } from '../../executors/remote/seam.ts';
import { arrayFilter, each, listOf } from '../../platform/methods.ts';
import type { AsyncPoolOptions, ProcessPoolOptions, ThreadPoolOptions, TransportName } from '../../pool/options.ts';
import { follow, unfollow } from '../../task/abort.ts';
import { markRefused, refusal, TAKEN } from '../../task/accepted.ts';
import type { TaskArgs } from '../../task/args.ts';
import { runsHere, type Call, type Target, type TaskSpec, type TaskType } from '../../task/call.ts';
import { contexts } from '../../task/context.ts';
import { addSubmitSite, noteSubmit } from '../../task/debug.ts';
import { lifeOf } from '../../task/life.ts';
import type { Outcome } from '../../task/outcome.ts';
import { TaskHandle, type TaskController, type TaskWatcher, type Work } from '../../task/task.ts';
import { UnobservedFailures } from '../../task/unobserved.ts';
import { readArgs } from '../../wire/text.ts';
import { Pools } from '../pools/pools.ts';
import type { TaskPoolOwner, TaskPool } from '../pools/pump.ts';
import type { SupervisorEvents } from '../reports/events.ts';
import { Reports } from '../reports/reports.ts';
import { Interrupts } from './interrupts.ts';
import { KeepAlive } from './keep-alive.ts';
import type { LateStarts } from './late-starts.ts';
import { LiveTasks } from './live-tasks.ts';
import { brokenFor, errorOf, idInUse, isOwnError, notHere, rejected } from './refusals.ts';
import { Family, inheritedDoom, priorityOf } from './relatives.ts';
import { TaskStarts } from './task-starts.ts';
import { TimeLimits } from './time-limits.ts';

/** How many tasks have ended, by outcome. */
export interface Totals {
  completed: number;
  failed: number;
  canceled: number;
  /** Tasks that failed because their thread or process ended while it ran them. */
  lost: number;
}

/** What the tasks need from their supervisor. */
export interface TasksOwner {
  readonly id: string;
  readonly transport: TransportName;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly events: Events<SupervisorEvents>;
  readonly lateStarts: LateStarts;
  readonly cancelGraceMs: number;
  readonly threadPool: ThreadPoolOptions;
  readonly processPool: ProcessPoolOptions;
  readonly asyncPool: AsyncPoolOptions;
  readonly remote: Remote | null;
  /** Throws if no task is taken now, or none on this loop. */
  open(isChild: boolean, loop: string | null): void;
  /** The options, with the loop that the task runs on filled in. */
  locate(spec: TaskSpec, target: Target): TaskSpec;
}

/** After so many faults before it has begun a task fails, whatever the reason. */
const MOST_FAULTS = 20;

/**
 * The tasks of a supervisor, from submit to settle. Executors and limits report what happens in between (a message, an
 * exit, an alarm). Only `settle` ends a task, and does so once: the first outcome counts.
 */
export class Tasks implements TaskController {
  readonly pools: Pools;
  readonly reports: Reports;
  readonly keepAlive = new KeepAlive();
  readonly locks = new LockTable();
  readonly totals: Totals = { completed: 0, failed: 0, canceled: 0, lost: 0 };
  readonly #owner: TasksOwner;
  readonly #idPrefix: string;
  #submitted = 0;
  readonly live: LiveTasks;
  readonly #clock: HeldClock;
  readonly #starts: TaskStarts;
  readonly #interrupts: Interrupts;
  readonly #family: Family;
  readonly #limits: TimeLimits;
  /** The outcome of tasks submitted after `cancelAll`: a task may call others until its grace is over. */
  #doom: Outcome | null = null;

  constructor(owner: TasksOwner) {
    const { clock, alarms, events, lateStarts, id } = owner;
    this.#owner = owner;
    this.#idPrefix = `${id}-`;
    this.live = new LiveTasks(this.#idPrefix);
    this.#limits = new TimeLimits(clock, alarms, (task, error) => this.#interrupts.exceeded(task, error));
    this.#interrupts = new Interrupts({
      limits: this.#limits,
      lateStarts,
      locks: this.locks,
      cancelGraceMs: owner.cancelGraceMs,
      poolOf: (task) => this.#poolOf(task),
      settle: (task, outcome) => this.settle(task, outcome),
    });
    this.reports = new Reports(events, new UnobservedFailures(alarms, clock));
    this.#clock = new HeldClock(clock);
    this.#starts = new TaskStarts({
      clock,
      held: this.#clock,
      events,
      lateStarts,
      limits: this.#limits,
      reports: this.reports,
      pools: () => this.pools,
    });
    this.#family = new Family({
      suspend: (parent) => {
        const pool = this.#poolOf(parent);
        pool.admission.publish(); // the child first: tasks in the offer would take the slot
        pool.admission.release(parent);
        pool.pump();
      },
      resume: (parent) => this.#poolOf(parent).admission.acquire(parent),
    });
    const poolOwner = {
      clock,
      alarms,
      events: this.#facts(),
      becameDue: (task: TaskHandle) => this.#becameDue(task),
      held: this.#clock,
      roomChanged: (tt: TaskType) => {
        if (events.has('roomChanged')) events.emit('roomChanged', { tt });
      },
      broken: (tasks: Parameters<TaskPoolOwner['broken']>[0], error: Error, isFirst: boolean) =>
        this.#broken(tasks, error, isFirst),
    };
    this.pools = new Pools(poolOwner, owner);
  }

  get lingering(): Iterable<TaskHandle> {
    return this.#interrupts.lingering;
  }

  /** The tasks that wait for a slot. */
  waiting(): TaskHandle[] {
    return arrayFilter(listOf(this.live), ({ status }) => status === TaskStatus.queued);
  }

  /** The task of this supervisor that the calling code runs in; null if there is none or it has ended. */
  get current(): TaskHandle | null {
    const runner = contexts.getStore()?.runner;
    const isOurs = runner instanceof TaskHandle && runner.controller === this && !runner.isCompleted();
    return isOurs ? runner : null;
  }

  /** Takes tasks from now on: at the first start and after a stop. */
  open(): void {
    this.#doom = null;
    this.pools.open();
  }

  /** Takes a call of a task function in this thread. */
  submit({ target, spec: asked, args, id }: Call): TaskHandle {
    const spec = this.#owner.locate(asked, target);
    if (id !== undefined && this.live.find(id) !== undefined) throw idInUse(id);
    const parent = this.current;
    const priority = priorityOf(spec, parent);
    const isChild = parent !== null;
    const idPrefix = id ?? this.#idPrefix;
    const sequence = id === undefined ? ++this.#submitted : ''; // no object spread: there may be a million tasks
    const work: Work = { idPrefix, sequence, target, spec, priority, args, isChild };
    return this.#enter(work, parent, noteSubmit);
  }

  get isRemote(): boolean {
    return this.#owner.remote !== null;
  }

  /** Takes a task of another program, and tells the watcher of it. */
  submitText(work: Work & { readonly text: string; readonly attempt: number }, watcher: TaskWatcher): TaskHandle {
    return this.#enter(work, null, (task) => {
      task.watcher = watcher;
      task.isObserved = true;
      lifeOf(task).attempt = work.attempt;
      if (this.live.find(task.id) !== undefined) throw idInUse(task.id);
    });
  }

  concurrency(tt: TaskType, loop?: string | null): number {
    return this.pools.concurrency(tt, loop);
  }

  /** Takes a call of a task function in a task that runs in a pool thread or process. */
  #submitChild({ parent, idPrefix, sequence, address, spec: asked, args, watcher }: ChildCall): TaskHandle {
    const target = findTarget(address);
    const spec = this.#owner.locate(asked, target);
    const priority = priorityOf(spec, parent);
    const work = { idPrefix, sequence, target, spec, priority, args, isChild: parent !== null };
    return this.#enter(work, parent, (task) => {
      task.watcher = watcher;
      if (this.live.find(task.id) !== undefined) throw idInUse(task.id);
      if (runsHere(spec) && target.fn === null) throw notHere(task);
    });
  }

  #enter(work: Work, parent: TaskHandle | null, check: (task: TaskHandle) => void): TaskHandle {
    const { clock } = this.#owner;
    const task = new TaskHandle(this, work, clock.date());
    const { spec } = task;
    this.reports.submitted(task);
    try {
      check(task);
      this.#owner.open(parent !== null, spec.loop);
      const { executor } = this.#poolOf(task); // the pool is made only after open(): a stopped supervisor makes none
      if (spec.callback !== null || executor.hasCallersContext) task.context = new AsyncResource('atasker.task');
      task.args = takeFor(executor, work, task.target);
    } catch (error) {
      this.#refuse(task, { kind: 'failed', error: aboutTask(error, task) });
      return task;
    }
    if (spec.signal?.aborted) this.#refuse(task, { kind: 'canceled', reason: spec.signal.reason });
    else this.#admit(task, parent);
    return task;
  }

  #admit(task: TaskHandle, parent: TaskHandle | null): void {
    const pool = this.#poolOf(task);
    this.live.add(task);
    this.keepAlive.hold();
    if (task.spec.delayMs > 0) lifeOf(task).dueAt = this.#owner.clock.now() + task.spec.delayMs;
    if (parent !== null) this.#family.adopt(parent, task);
    if (task.spec.signal !== null) follow(task.spec.signal, task);
    const doom = this.#doom ?? inheritedDoom(task, parent);
    const missed = this.#limits.submitted(task, parent);
    if (doom !== null) this.#refuse(task, { kind: 'canceled', reason: errorOf(doom) });
    else if (missed !== null) this.#refuse(task, { kind: 'failed', error: missed });
    else if (task.spec.delayMs > 0) this.#delay(task, pool);
    else if (pool.tryQueue(task)) this.#queued(task);
    else this.#refuse(task, { kind: 'failed', error: rejected(task, pool) });
    pool.pump();
  }

  /** Ends a task that is not taken. */
  #refuse(task: TaskHandle, outcome: Outcome): void {
    markRefused(task);
    this.settle(task, outcome);
  }

  accepted(task: TaskHandle): Promise<void> {
    return refusal(task) ?? this.#poolOf(task).executor.accepted?.(task) ?? TAKEN;
  }

  #delay(task: TaskHandle, pool: TaskPool): void {
    try {
      pool.delay(task, lifeOf(task).dueAt);
    } catch (error) {
      this.settle(task, { kind: 'failed', error });
    }
  }

  #becameDue(task: TaskHandle): void {
    task.becomeDue();
    this.#queued(task);
  }

  #queued(task: TaskHandle): void {
    this.#limits.due(task);
    this.#owner.lateStarts.watch(task);
    if (this.#poolOf(task).executor.accepted === undefined) this.reports.tell('taskQueued', task);
  }

  /** What happens at each report of the executors. */
  #facts(): TaskEvents {
    return {
      locks: this.locks,
      accepted: (task) => this.reports.tell('taskQueued', task),
      started: (task, at) => this.#starts.started(task, at),
      follows: (task, before) => {
        if (task.life?.isSuspended !== true) this.#poolOf(task).admission.passOn(before, task); // it waits for a child
      },
      wantsStart: (task) => this.#starts.isWanted(task),
      ended: (task, outcome) => this.#ended(task, outcome),
      givenBack: (task, error) => this.#givenBack(task, error),
      returned: (task) => this.#family.returned(task),
      progressed: (task, value) => this.reports.progressed(task, value),
      child: (call) => this.#submitChild(call),
      hold: () => this.keepAlive.hold(),
      release: () => this.keepAlive.release(),
      userError: (error, source) => this.reports.userError(error, source),
      lateError: (error) => this.reports.lateError(error, null),
      warning: (module, text) => this.reports.warn(module, text),
      memberStarted: (kind, id) => this.reports.memberStarted(kind, id),
      memberExited: (kind, id, exit) => this.reports.memberExited(kind, id, exit),
    };
  }

  /** From now on starts have to be reported at once, because somebody listens. */
  watchStarts(): void {
    this.#starts.watch();
  }

  startOf(task: TaskHandle): number | null {
    return this.#starts.startOf(task);
  }

  #ended(task: TaskHandle, outcome: Outcome): void {
    const pool = this.#poolOf(task);
    const interrupt = task.life?.interrupt ?? null;
    pool.admission.release(task);
    if (interrupt !== null) this.#interrupts.returned(task);
    if (!task.isCompleted()) this.settle(task, interrupt ?? outcome);
    if (interrupt !== null) this.reports.late(task, interrupt, outcome);
    if (interrupt !== null) task.watcher?.late?.(outcome);
    pool.pump();
  }

  /** Queues a task again that was handed over and has not begun, unless faults have given it back too often. */
  #givenBack(task: TaskHandle, fault: Fault | null): void {
    const life = lifeOf(task);
    if (fault !== null) life.faults += 1;
    if (fault?.mayBeTask === true) life.ownFaults += 1;
    const isOver = life.interrupt !== null || life.ownFaults > 1 || life.faults > MOST_FAULTS;
    if (isOver) return this.#ended(task, fault === null ? life.interrupt! : { kind: 'failed', error: fault.error });
    const pool = this.#poolOf(task);
    pool.admission.giveBack(task);
    pool.pump();
  }

  /** The only place that ends a task. */
  settle(task: TaskHandle, outcome: Outcome): void {
    if (outcome.kind === 'failed' && !isOwnError(task, outcome.error)) addSubmitSite(task, outcome.error);
    task.end(outcome, this.#clock.date());
    const isKnown = this.live.delete(task);
    this.#limits.ended(task);
    if (task.spec.signal !== null) unfollow(task.spec.signal, task);
    this.#family.ended(task);
    this.#count(outcome);
    this.reports.ended(task);
    task.context = null;
    if (isKnown) this.keepAlive.release();
    this.live.checkEmpty();
  }

  /** Ends a task with this error, as a time limit does. */
  stop(task: TaskHandle, error: unknown): void {
    this.#interrupts.interrupt(task, { kind: 'failed', error });
  }

  cancel(task: TaskHandle, reason: unknown): boolean {
    return this.#interrupts.interrupt(task, { kind: 'canceled', reason });
  }

  /** Cancels all tasks, and the tasks that these still call. */
  cancelAll(reason: unknown): void {
    this.#doom = { kind: 'canceled', reason };
    for (const task of this.live) this.cancel(task, reason);
  }

  /** Cancels the tasks that are not due yet. */
  cancelDelayed(reason: unknown): void {
    for (const task of this.live) if (task.status === TaskStatus.delayed) this.cancel(task, reason);
  }

  setPriority(task: TaskHandle, priority: Priority): boolean {
    if (!this.#poolOf(task).setPriority(task, priority)) return false;
    this.#poolOf(task).pump();
    return true;
  }

  readArrived(task: TaskHandle): void {
    this.#poolOf(task).executor.readArrived(task);
  }

  observed(task: TaskHandle, waits: boolean): void {
    if (waits) this.#family.awaited(task);
    if (task.isCompleted()) this.reports.seen(task); // code in a thread may look at a task that has ended here
  }

  #broken(tasks: readonly TaskHandle[], error: Error, isNews: boolean): void {
    if (isNews) this.#owner.events.emit('poolBroken', { error });
    for (const task of each(tasks)) this.#interrupts.interrupt(task, { kind: 'failed', error: brokenFor(task, error) });
  }

  #count(outcome: Outcome): void {
    const isLost = outcome.kind === 'failed' && isTaskError(outcome.error, 'ERR_TASK_LOST');
    this.totals[isLost ? 'lost' : outcome.kind] += 1;
  }

  #poolOf(task: TaskHandle): TaskPool {
    return this.pools.of(task);
  }
}

/** The arguments of a call, in the form of the executor. */
function takeFor(executor: Executor, { args, text, attempt = 1 }: Work, target: Target): TaskArgs {
  if (text === undefined) return executor.take(args, target);
  return executor.takeText?.(text, attempt) ?? executor.take(readArgs(text), target);
}
