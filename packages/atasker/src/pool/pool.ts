import { noContext, type Clock } from '../common/clock.ts';
import { aboutTask } from '../common/errors.ts';
import type { Offer } from '../core/admission.ts';
import type { Demand, Executor, ExecutorEvents, ExecutorSize, Exit, Fault } from '../executors/executor.ts';
import { arrayEvery, arrayFilter, arrayMap, each, listOf } from '../platform/methods.ts';
import { runInScope } from '../platform/node.ts';
import { Error, Math, Promise, Set } from '../platform/primordials.ts';
import type { TaskArgs } from '../task/args.ts';
import type { Outcome } from '../task/outcome.ts';
import type { TaskHandle } from '../task/task.ts';
import { takeToSend } from '../wire/values.ts';
import type { MemberKind, MemberStart } from './channels/channel.ts';
import type { AloopContext, MemberPoolContext, Program } from './context.ts';
import type { Assignment } from './conversations/run/assignments.ts';
import type { Dispatch } from './dispatch/dispatch.ts';
import { MessageDispatch } from './dispatch/message-dispatch.ts';
import { loseMemory } from './dispatch/taken/memory-loss.ts';
import { MemoryWatch } from './dispatch/taken/memory-watch.ts';
import type { SharedDispatch } from './dispatch/taken/shared-dispatch.ts';
import { UntakenWatch } from './dispatch/taken/untaken-watch.ts';
import { makeDispatch } from './make-dispatch.ts';
import { MemberLimits } from './member/limits.ts';
import { stuckLoad, stuckStart } from './member/lost.ts';
import { PoolMember } from './member/member.ts';
import type { MemberOwner } from './member/owner.ts';
import { readyOf } from './member/ready.ts';
import { processors, type MemberPoolSettings } from './options.ts';
import { startData } from './start-data.ts';
import { IdleWatch } from './upkeep/idle-watch.ts';
import { LoadPlaces } from './upkeep/load-places.ts';
import { LoadedModules } from './upkeep/loaded-modules.ts';
import { Starts } from './upkeep/starts.ts';

/** How long a retired member may take to end by itself before the pool ends it, in milliseconds. */
const RETIRE_MS = 1_000;

/**
 * The threads or processes for tasks of one type: started when needed, kept warm, retired when idle. The pool decides
 * how many members there are; core/admission.ts decides how many tasks run.
 */
export class MemberPool implements Executor {
  readonly #kind: MemberKind;
  readonly #events: ExecutorEvents;
  readonly #program: Program;
  readonly #aloop: AloopContext | null;
  readonly #clock: Clock;
  #settings: MemberPoolSettings;
  readonly #members = new Set<PoolMember>();
  #dispatch: Dispatch;
  /** The dispatch with the run queue. It stays set after the pool has given up the shared memory. */
  readonly #shared: SharedDispatch | null;
  readonly #memory: MemoryWatch | null;
  #lastOfMemory: Promise<void> | null = null;
  /** Time limits of members (start, end) and of tasks (begin, load). */
  readonly #limits: MemberLimits;
  readonly #untaken: UntakenWatch;
  readonly #modules = new LoadedModules();
  readonly #starts: Starts;
  /** Which members may load modules: at most as many at a time as there are processors. */
  readonly #loads: LoadPlaces<PoolMember>;
  /** Whether the pool would start one more member if fewer members were loading modules. */
  #isHeldBack = false;
  #hasResult = false;
  readonly #idle: IdleWatch<PoolMember>;
  #isClosed = false;

  constructor(kind: MemberKind, events: ExecutorEvents, context: MemberPoolContext, settings: MemberPoolSettings) {
    const { program, clock, alarms, aloop } = context;
    this.#kind = kind;
    this.#events = events;
    this.#program = program;
    this.#aloop = aloop;
    this.#clock = clock;
    this.#settings = settings;
    this.#limits = new MemberLimits(clock, alarms);
    this.#loads = new LoadPlaces(processors(), kind.name === 'thread');
    this.#starts = new Starts(kind.name, clock, alarms, {
      isServed: () => readyOf(this.#members).serving > 0,
      broken: (error, isNews) => events.broken(error, isNews),
      pauseIsOver: () => events.roomChanged(),
    });
    this.#idle = new IdleWatch(clock, alarms, {
      idleTimeoutMs: () => this.#settings.idleTimeoutMs,
      isWorkAtHand: () => this.#dispatch.nextRun !== 0,
      surplus: () =>
        readyOf(this.#members).count + this.#starts.count > this.#kept ? this.#dispatch.oldestIdle : null,
      retire: (member) => this.#retire(member),
    });
    this.#untaken = new UntakenWatch(clock, alarms, () => this.#giveUpIdle());
    const { dispatch, shared } = makeDispatch(kind, events, context, {
      defined: (definition, address) => {
        for (const member of this.#members) member.runs.define(definition, address, program.mainFile());
      },
      retire: (member) => void this.#retire(member),
      isDue: (member, task) => this.#watchBegin(member, task),
      patienceMs: () => this.#settings.startTimeoutMs,
    });
    this.#dispatch = dispatch;
    this.#shared = shared;
    this.#memory = shared === null ? null : new MemoryWatch(clock, alarms, shared, () => this.#doWithout(shared));
  }

  get size(): ExecutorSize {
    return { alive: this.#members.size, idle: this.#dispatch.idleCount };
  }

  get offer(): Offer<TaskHandle> | null {
    return this.#dispatch.offer;
  }

  startOf(task: TaskHandle): number | null {
    return this.#dispatch.startOf?.(task) ?? null;
  }

  watchStarts(): void {
    this.#dispatch.watchStarts?.();
  }

  /** Applies new options, at any time; no running task is harmed. */
  configure(settings: MemberPoolSettings): void {
    this.#settings = settings;
    this.#starts.clear();
    this.#idle.unwatch();
    this.#idle.watch();
  }

  take(args: readonly unknown[]): TaskArgs {
    return this.#dispatch.take?.(args) ?? takeToSend(args, this.#kind.name);
  }

  get isBroken(): boolean {
    return this.#starts.isBroken;
  }

  hasRoomFor(task: TaskHandle): boolean {
    return this.#dispatch.hasRoomFor?.(task) ?? false;
  }

  prepare(demand: Demand): void {
    this.#untaken.watch(this.#dispatch, this.#settings.startTimeoutMs);
    if (!this.#isClosed) this.#memory?.watch(this.#settings.startTimeoutMs);
    if (this.#members.size > this.#settings.maxSize) this.#shrink(demand);
    const spare = this.#hasResult && this.#aloop === null ? 1 : 0;
    const { minSize, maxSize } = this.#settings;
    const ready = readyOf(this.#members);
    const serving = ready.serving + this.#starts.count;
    const staying = ready.count + this.#starts.count;
    if (this.#isClosed || (serving > 0 && this.#members.size >= maxSize)) return; // none may start: see #mayStartMember
    if (serving >= demand.mostSlotsWanted() + spare && staying >= minSize) return;
    const slots = demand.slotsWanted();
    const missing = Math.max(slots === 0 ? 0 : slots + spare - serving, minSize - staying);
    for (let started = 0; started < missing && this.#mayStartMember(demand); started += 1) this.#startMember();
  }

  start(task: TaskHandle): void {
    const member = this.#dispatch.takeIdle!();
    if (this.#handOver(member, task)) this.#watchBegin(member, task);
    else this.#dispatch.rest?.(member);
  }

  #watchBegin(member: PoolMember, task: TaskHandle): void {
    this.#limits.set(task, this.#settings.startTimeoutMs, () => this.#beginTooLong(member, task));
  }

  stop(task: TaskHandle, error: Error): void {
    this.#dispatch.memberOf(task)?.runs.stop(task, error);
  }

  end(task: TaskHandle): boolean {
    return this.#dispatch.memberOf(task)?.kill(task, NO_OUTCOME) ?? false;
  }

  readArrived(task: TaskHandle): void {
    this.#dispatch.memberOf(task)?.readArrived();
  }

  /** May be called at any time, also repeatedly. Resolves when the members that exist now have exited. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#memory?.look();
    for (const member of this.#members) this.#retire(member);
    this.#idle.unwatch();
    this.#untaken.close();
    this.#memory?.close();
    this.#starts.close();
    await Promise.all(arrayMap(listOf(this.#members), ({ whenGone }) => whenGone));
    await this.#lastOfMemory;
    this.#dispatch.close();
  }

  /** Opens the pool again after it was closed. */
  open(): void {
    this.#isClosed = false;
    this.#hasResult = false;
  }

  /** At `maxSize` one more member may start only if suspended tasks hold all members and a child waits. */
  #mayStartMember({ childWaits }: Demand): boolean {
    if (!this.#dispatch.hasSeat || !this.#starts.mayBegin) return false;
    const isNeeded = childWaits && this.#starts.count === 0 && arrayEvery(listOf(this.#members), isSuspended);
    this.#isHeldBack = !isNeeded && !this.#loads.hasRoom; // suspended members do not load, whatever their cells say
    return isNeeded || (!this.#isHeldBack && this.#members.size < this.#settings.maxSize);
  }

  #startMember(): void {
    const owner: MemberOwner<PoolMember> = {
      assignments: this.#dispatch.join(),
      ready: (member) => this.#ready(member),
      fetches: (member, task) => void this.#handOver(member, task),
      loads: (member, task, waits) => this.#taskLoads(member, task, waits),
      loadTurn: (member, turn) => this.#loadTurn(member, turn),
      loadFailed: (module) =>
        module === null || this.#modules.failed(module, this.#clock.now(), this.#settings.maxSize),
      tooOld: (member) => void this.#retire(member),
      ended: (member, task, outcome) => this.#ended(member, task, outcome),
      givenBack: (member, assignment, error) => this.#givenBack(member, assignment, error),
      gone: (member, exit, cause) => this.#gone(member, exit, cause),
    };
    const loadSeat = this.#loads.take();
    try {
      const start = { ...this.#startData(), access: owner.assignments.access, loadSeat };
      const member = runInScope(noContext, () => new PoolMember(this.#kind, start, owner, this.#events));
      this.#members.add(member);
      this.#loads.joined(member, loadSeat);
      this.#dispatch.joined(member);
      this.#starts.began(member);
      this.#limits.set(member, this.#settings.startTimeoutMs, () => this.#startTooLong(member));
      this.#events.memberStarted(this.#kind.name, member.id);
    } catch (error) {
      this.#dispatch.gone(owner.assignments);
      this.#loads.leave(null, loadSeat);
      this.#starts.couldNotBegin(error as Error);
    }
  }

  #startData(): Omit<MemberStart, 'access' | 'loadSeat'> {
    return startData(this.#program, this.#settings, this.#modules.latest, this.#aloop?.name ?? null);
  }

  #ready(member: PoolMember): void {
    this.#starts.succeeded(member);
    this.#limits.clear(member);
    this.#loads.done(member);
    this.#rest(member);
    this.#events.roomChanged();
  }

  /** Sends a task to a member. False if the arguments turn out to be unsendable: then the task has failed. */
  #handOver(member: PoolMember, task: TaskHandle): boolean {
    try {
      member.runs.send(task, this.#program.mainFile());
      return true;
    } catch (error) {
      this.#events.ended(task, { kind: 'failed', error: aboutTask(error, task) });
      return false;
    }
  }

  /** Limits a load to `startTimeout`. A member that waits that long for its turn loads beside the others. */
  #taskLoads(member: PoolMember, task: TaskHandle, waits: boolean): void {
    const late = (): void => (waits ? this.#loads.force(member) : this.#loadTooLong(member, task));
    this.#limits.set(task, this.#settings.startTimeoutMs, late);
  }

  #loadTurn(member: PoolMember, turn: 'awaitsLoad' | 'loaded'): void {
    if (turn === 'awaitsLoad') return this.#loads.ask(member);
    this.#loads.done(member);
    if (this.#isHeldBack) this.#events.roomChanged();
  }

  #ended(member: PoolMember, task: TaskHandle, outcome: Outcome): void {
    this.#limits.clear(task);
    this.#memory?.taken();
    if (outcome.kind === 'completed') {
      this.#hasResult = true;
      this.#modules.completed(task.target.address!.module);
    }
    if (member.state === 'idle') this.#rest(member);
    this.#events.ended(task, outcome);
  }

  #givenBack(member: PoolMember, { task }: Assignment, fault: Fault | null): void {
    if (member.state === 'idle' && member.task === null) this.#rest(member);
    this.#limits.clear(task);
    this.#events.givenBack(task, fault);
  }

  /** The shared memory cannot be relied on any more: ends its threads; new threads are sent their tasks. */
  #doWithout(shared: SharedDispatch): void {
    const members = listOf(this.#members);
    this.#dispatch = new MessageDispatch((member) => void this.#retire(member), null);
    for (const member of each(members)) this.#starts.drop(member);
    this.#lastOfMemory = loseMemory(shared, members, this.#events);
    this.#events.roomChanged();
  }

  /** Retires idle members beyond `maxSize`, but keeps one that no suspended task holds for a child that waits. */
  #shrink({ childWaits }: Demand): void {
    const staying = arrayFilter(listOf(this.#members), ({ state }) => state !== 'retiring');
    const free = arrayFilter(staying, ({ assignments }) => !assignments.isSuspended).length;
    let extra = Math.min(staying.length - this.#settings.maxSize, childWaits ? free - 1 : free);
    for (let idle = this.#dispatch.oldestIdle; extra > 0 && idle !== null; idle = this.#dispatch.oldestIdle) {
      this.#retire(idle);
      extra -= 1;
    }
  }

  /** The member has nothing to do now. */
  #rest(member: PoolMember): void {
    member.rests(this.#clock.now());
    this.#dispatch.rest?.(member);
    if (member.isSuspect || this.#isClosed) this.#retire(member);
    this.#idle.watch();
  }

  #gone(member: PoolMember, exit: Exit, cause: Error | null): void {
    this.#limits.clear(member);
    (member.assignments.access === null ? this.#dispatch : this.#shared!).gone(member.assignments);
    this.#members.delete(member);
    this.#loads.leave(member);
    this.#events.memberExited(this.#kind.name, member.id, exit);
    if (cause !== null) this.#modules.distrust(member.runs);
    if (cause !== null) this.#starts.failed(member, cause, false);
    else this.#starts.drop(member);
    this.#events.roomChanged();
  }

  /**
   * Lets an idle or starting member end by itself, and ends it after `RETIRE_MS` if it has not. False if the member
   * took a task at this moment. A pool that closes does not wait for such a task: it ends the member.
   */
  #retire(member: PoolMember): boolean {
    this.#dispatch.leave?.(member);
    this.#starts.drop(member);
    if (member.task !== null && !this.#isClosed) return false;
    if (member.task !== null) {
      if (!member.kill(member.task, NO_OUTCOME)) member.lose(new Error('the pool was closed'));
    } else if (member.state !== 'idle' && member.state !== 'starting') return true;
    else if (member.assignments.close?.(null) === false && !this.#isClosed) return false;
    else {
      member.retire();
      this.#limits.set(member, RETIRE_MS, () => void member.kill(null, NO_OUTCOME));
    }
    return true;
  }

  /** How many members stay however long they are idle: `minSize`, or the busy ones and a warm spare. */
  get #kept(): number {
    const { busyCount } = this.#dispatch;
    return Math.max(this.#settings.minSize, busyCount > 0 ? busyCount + 1 : 0);
  }

  /** Gives up the idle members: they do not take a task that could run, so an earlier task has blocked them. */
  #giveUpIdle(): void {
    const idle = arrayFilter(listOf(this.#members), ({ state, task }) => state === 'idle' && task === null);
    for (const member of each(idle)) this.#giveUp(member);
    if (idle.length > 0) this.#memory?.untaken();
    this.#events.roomChanged();
  }

  #giveUp(member: PoolMember): boolean {
    this.#modules.distrust(member.runs);
    return member.giveUp();
  }

  #startTooLong(member: PoolMember): void {
    member.readArrived(); // the pool's own thread may be late
    if (member.state !== 'starting') return;
    member.kill(null, NO_OUTCOME);
    this.#modules.distrust(member.runs);
    this.#starts.failed(member, stuckStart(this.#kind.name, this.#settings.startTimeoutMs), true);
    this.#events.roomChanged();
  }

  /** A task that was handed over does not begin: something that an earlier task left behind blocks the member. */
  #beginTooLong(member: PoolMember, task: TaskHandle): void {
    if (this.#hasNotBegun(member, task) && !this.#giveUp(member)) this.#watchBegin(member, task);
  }

  /** The module of a task did not define the task within `startTimeout`. */
  #loadTooLong(member: PoolMember, task: TaskHandle): void {
    if (!this.#hasNotBegun(member, task) || member.runs.revoke(task) === false) return;
    const error = stuckLoad(task, member.loading.registered, this.#settings.startTimeoutMs);
    if (this.#aloop === null) member.kill(task, { kind: 'failed', error });
    else this.#aloop.drop(member, task, { kind: 'failed', error });
  }

  #hasNotBegun(member: PoolMember, task: TaskHandle): boolean {
    member.readArrived(); // the pool's own thread may be late
    return member.assignments.of(task) !== null && !this.#limits.has(task) && task.timeStarted === null;
  }
}

const isSuspended = ({ assignments }: PoolMember): boolean => assignments.isSuspended;

const NO_OUTCOME: Outcome = { kind: 'canceled', reason: undefined };
