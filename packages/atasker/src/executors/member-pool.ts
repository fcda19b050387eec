import { noContext, type Alarm, type Alarms, type Clock } from '../clock.ts';
import type { Window } from '../core/admission.ts';
import { concurrencyOf } from '../core/limits.ts';
import { aboutTask, TaskError } from '../errors.ts';
import type { QueueSeat } from '../role.ts';
import type { Outcome, TaskHandle } from '../task.ts';
import { programLoader } from '../typescript.ts';
import { takeArgs, type Packed } from '../wire/values.ts';
import type { Exit, MemberKind, MemberStart } from './channel.ts';
import type { Demand, Executor, ExecutorEvents, ExecutorSize } from './executor.ts';
import type { MemberPoolSettings } from './pool-options.ts';
import { IdleWatch, type IdleMembers } from './idle-watch.ts';
import { UntakenWatch } from './untaken-watch.ts';
import { StartFailures } from './start-failures.ts';
import type { AloopContext, MemberPoolContext, Program } from './pool-context.ts';
import { stuckLoad } from './lost.ts';
import { MemberLimits } from './member-limits.ts';
import type { MemberLinks } from './member-links.ts';
import { PoolMember } from './member.ts';
import { MessageTransport } from './message-transport.ts';
import { SharedTransport, type SharedTransportHost } from './shared-transport.ts';
import type { Hold } from './holds.ts';
import type { AheadHost } from './send-ahead.ts';
import type { Transport } from './transport.ts';

/** How many modules a new member loads ahead of its first task. */
const MOST_PRELOADED = 8;

/** How long a member may take to end by itself before it is ended. */
const RETIRE_MS = 1_000;

/**
 * Threads or processes for tasks: started when needed, kept warm, retired when idle. How many tasks
 * run is not its business (core/admission.ts is asked first); how many members there are is.
 */
export class MemberPool implements Executor {
  readonly #kind: MemberKind;
  readonly #events: ExecutorEvents;
  readonly #program: Program;
  readonly #aloop: AloopContext | null;
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  #settings: MemberPoolSettings;
  readonly #members = new Set<PoolMember>();
  readonly #transport: Transport;
  /** The time limits of starts and loads. */
  readonly #limits: MemberLimits;
  readonly #untaken: UntakenWatch;
  /** Modules that tasks have been loaded from. One that cannot be loaded must not hold up a new member. */
  readonly #modules = new Set<string>();
  readonly #failures = new StartFailures();
  readonly #starting = new Set<PoolMember>();
  #hasResult = false;
  readonly #idle: IdleWatch;
  #pauseAlarm: Alarm | null = null;
  #isClosed = false;

  constructor(kind: MemberKind, events: ExecutorEvents, context: MemberPoolContext, settings: MemberPoolSettings) {
    const { program, clock, alarms, aloop } = context;
    this.#kind = kind;
    this.#events = events;
    this.#program = program;
    this.#aloop = aloop;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#settings = settings;
    this.#limits = new MemberLimits(clock, alarms);
    this.#idle = new IdleWatch(clock, alarms, this.#idleMembers());
    this.#untaken = new UntakenWatch(clock, alarms, () => this.#giveUpIdle());
    const retire = (member: PoolMember): void => void this.#retire(member);
    const aheadHost = kind.takesAhead ? this.#aheadHost(context) : null;
    if (context.isShared) this.#transport = new SharedTransport(this.#sharedHost(context));
    else this.#transport = aloop?.makeTransport(retire) ?? new MessageTransport(retire, aheadHost);
  }

  get size(): ExecutorSize {
    return { alive: this.#members.size, idle: this.#transport.idleCount };
  }

  get window(): Window<TaskHandle> | null {
    return this.#transport.window;
  }

  startOf(task: TaskHandle): number | null {
    return this.#transport.startOf(task);
  }

  watchStarts(): void {
    this.#transport.watchStarts();
  }

  /** New options, at any time; no running task is harmed. */
  configure(settings: MemberPoolSettings): void {
    this.#settings = settings;
    this.#failures.clear();
    this.#idle.unwatch();
    this.#idle.watch();
  }

  take(args: readonly unknown[]): unknown {
    return takeArgs(args, this.#kind.name);
  }

  hasRoomFor(task: TaskHandle): boolean {
    return this.#transport.hasRoomFor(task);
  }

  prepare(demand: Demand): void {
    this.#untaken.watch(this.#transport, this.#settings.startTimeoutMs);
    if (this.#members.size > this.#settings.maxSize) this.#shrink(demand);
    const spare = this.#hasResult && this.#aloop === null ? 1 : 0;
    const serving = this.#servingCount + this.#starting.size;
    const { minSize, maxSize } = this.#settings;
    if (this.#isClosed || (serving > 0 && this.#members.size >= maxSize)) return; // none may start: see #mayStartMember
    if (serving >= demand.mostSlotsWanted() + spare && this.#members.size >= minSize) return;
    const slots = demand.slotsWanted();
    const missing = Math.max(slots === 0 ? 0 : slots + spare - serving, this.#settings.minSize - this.#members.size);
    if (missing <= 0) return;
    if (this.#clock.now() < this.#failures.pauseUntil) return this.#pause();
    for (let started = 0; started < missing && this.#mayStartMember(demand); started += 1) this.#startMember();
  }

  /** Members that use a slot or could; those with a suspended task wait for others. */
  get #servingCount(): number {
    let count = 0;
    for (const { state, holds } of this.#members) {
      if ((state === 'idle' || state === 'busy') && !holds.isSuspended) count += 1;
    }
    return count;
  }

  start(task: TaskHandle): void {
    const member = this.#transport.takeIdle();
    if (this.#handOver(member, task)) this.#watchBegin(member, task);
    else this.#transport.rest(member);
  }

  #watchBegin(member: PoolMember, task: TaskHandle): void {
    this.#limits.set(task, this.#settings.startTimeoutMs, () => this.#beginTooLong(member, task));
  }

  stop(task: TaskHandle, error: Error): void {
    this.#transport.memberOf(task)?.stop(task, error);
  }

  end(task: TaskHandle): void {
    this.#transport.memberOf(task)?.kill(task, NO_OUTCOME);
  }

  readArrived(task: TaskHandle): void {
    this.#transport.memberOf(task)?.readArrived();
  }

  /** As often as one likes, and whatever is under way: it waits for the members that there are. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const member of this.#members) this.#retire(member);
    this.#idle.unwatch();
    this.#untaken.close();
    this.#unpause();
    await Promise.all([...this.#members].map(({ whenGone }) => whenGone));
    this.#transport.close();
  }

  /** Opens it again after it was closed. */
  open(): void {
    this.#isClosed = false;
    this.#hasResult = false;
  }

  /** At `maxSize` one more may start only if all are held by suspended tasks and a child waits. */
  #mayStartMember({ childWaits }: Demand): boolean {
    if (!this.#transport.hasSeat) return false;
    if (this.#members.size < this.#settings.maxSize) return true;
    if (!childWaits || this.#starting.size > 0) return false;
    return [...this.#members].every(({ holds }) => holds.isSuspended);
  }

  #startMember(): void {
    const links: MemberLinks<PoolMember> = {
      holds: this.#transport.join(),
      ready: (member) => this.#ready(member),
      fetches: (member, task) => void this.#handOver(member, task),
      loads: (member, task) => this.#loads(member, task),
      tooOld: (member) => void this.#retire(member),
      ended: (member, task, outcome) => this.#ended(member, task, outcome),
      givenBack: (member, hold, error) => this.#givenBack(member, hold, error),
      gone: (member, exit, cause) => this.#gone(member, exit, cause),
    };
    try {
      const start = (): PoolMember =>
        new PoolMember(this.#kind, this.#startData(links.holds.seat), links, this.#events);
      const member = noContext.runInAsyncScope(start);
      this.#members.add(member);
      this.#transport.joined(member);
      this.#starting.add(member);
      this.#limits.set(member, this.#settings.startTimeoutMs, () => this.#startTooLong(member));
      this.#events.memberStarted(this.#kind.name, member.id);
    } catch (error) {
      this.#transport.gone(links.holds);
      this.#startFailed(error as Error);
      this.#pause();
    }
  }

  #startData(seat: QueueSeat | null): MemberStart {
    const { execArgv, env, resourceLimits } = this.#settings;
    const { library } = this.#program;
    const preload = [...this.#modules].slice(-MOST_PRELOADED);
    const concurrency = concurrencyOf(this.#settings);
    const aloop = this.#aloop?.name ?? null;
    const boot = { library, main: this.#program.mainFile(), loader: programLoader(), preload, concurrency, aloop };
    return { boot, seat, execArgv, env, resourceLimits };
  }

  #ready(member: PoolMember): void {
    this.#starting.delete(member);
    this.#limits.clear(member);
    this.#failures.clear();
    this.#rest(member);
    this.#events.roomChanged();
  }

  /** Sends a task to a member; false if its arguments are refused only now. */
  #handOver(member: PoolMember, task: TaskHandle): boolean {
    try {
      member.run(task, this.#program.mainFile());
      return true;
    } catch (error) {
      this.#events.ended(task, { kind: 'failed', error: aboutTask(error, task) });
      return false;
    }
  }

  #loads(member: PoolMember, task: TaskHandle): void {
    this.#limits.set(task, this.#settings.startTimeoutMs, () => this.#loadTooLong(member, task));
  }

  #ended(member: PoolMember, task: TaskHandle, outcome: Outcome): void {
    this.#limits.clear(task);
    if (outcome.kind === 'completed') {
      this.#hasResult = true;
      this.#modules.add(task.target.address!.module);
    }
    if (member.state === 'idle') this.#rest(member);
    this.#events.ended(task, outcome);
  }

  #givenBack(member: PoolMember, { task, wasSent }: Hold, fault: Error | null): void {
    if (member.state === 'idle' && member.task === null) this.#rest(member);
    this.#limits.clear(task);
    const { transfer = [] } = (task.args ?? {}) as Partial<Packed>; // a text has none, nor what was cancelled meanwhile
    const hasMoved = wasSent && transfer.length > 0;
    if (hasMoved) this.#events.ended(task, { kind: 'failed', error: fault }); // its arguments have gone there
    else this.#events.givenBack(task, fault);
  }

  #sharedHost(context: MemberPoolContext): SharedTransportHost {
    return {
      idPrefix: context.idPrefix,
      accepts: (task) => context.isOurs(task),
      wantsStart: (task) => this.#events.wantsStart(task),
      defined: (definition, address) => {
        for (const member of this.#members) member.define(definition, address, this.#program.mainFile());
      },
      started: (task, at) => this.#events.started(task, at),
      together: (report) => this.#events.together(report),
    };
  }

  #aheadHost({ idPrefix, clock, alarms, ...context }: MemberPoolContext): AheadHost {
    return {
      idPrefix,
      clock,
      alarms,
      accepts: (task) => context.isOurs(task),
      isDue: (member, task) => this.#watchBegin(member, task),
      patienceMs: () => this.#settings.startTimeoutMs,
    };
  }

  /** More are alive than there may be. The last one that no suspended task holds is for the child that waits. */
  #shrink({ childWaits }: Demand): void {
    const staying = [...this.#members].filter(({ state }) => state !== 'retiring');
    const free = staying.filter(({ holds }) => !holds.isSuspended).length;
    let extra = Math.min(staying.length - this.#settings.maxSize, childWaits ? free - 1 : free);
    for (let idle = this.#transport.oldestIdle; extra > 0 && idle !== null; idle = this.#transport.oldestIdle) {
      this.#retire(idle);
      extra -= 1;
    }
  }

  /** It has nothing to do now. */
  #rest(member: PoolMember): void {
    member.idleSince = this.#clock.now();
    this.#transport.rest(member);
    if (member.isSuspect || this.#isClosed) this.#retire(member);
    this.#idle.watch();
  }

  #gone(member: PoolMember, exit: Exit, cause: Error | null): void {
    this.#limits.clear(member);
    this.#transport.gone(member.holds);
    this.#members.delete(member);
    this.#events.memberExited(this.#kind.name, member.id, exit);
    if (this.#starting.delete(member) && cause !== null) this.#startFailed(cause);
    this.#events.roomChanged();
  }

  /**
   * Lets an idle or starting member end by itself, and ends it if it does not. False if it has taken a task at
   * this moment; when the pool closes, nobody waits for that any more.
   */
  #retire(member: PoolMember): boolean {
    this.#transport.leave(member);
    this.#starting.delete(member);
    if (member.task !== null && !this.#isClosed) return false;
    if (member.task !== null) member.kill(member.task, NO_OUTCOME);
    else if (member.state !== 'idle' && member.state !== 'starting') return true;
    else if (!member.holds.close(null) && !this.#isClosed) return false;
    else {
      member.retire();
      this.#limits.set(member, RETIRE_MS, () => void member.kill(null, NO_OUTCOME));
    }
    return true;
  }

  #idleMembers(): IdleMembers {
    return {
      idleTimeoutMs: () => this.#settings.idleTimeoutMs,
      isWorkAtHand: () => this.#transport.nextRun !== 0,
      surplus: () => (this.#members.size > this.#kept ? this.#transport.oldestIdle : null),
      retire: (member) => this.#retire(member),
    };
  }

  /** How many members stay, however long they have been idle; while tasks run one of them stands by. */
  get #kept(): number {
    const { busyCount } = this.#transport;
    return Math.max(this.#settings.minSize, busyCount > 0 ? busyCount + 1 : 0);
  }

  #startFailed(cause: Error): void {
    const now = this.#clock.now();
    this.#failures.add(now, cause);
    const first = this.#failures.brokenBy(now);
    if (first === null) return;
    const message = `no ${this.#kind.name} can be started for the pool: ${first.message}`;
    this.#events.broken(new TaskError('ERR_POOL_BROKEN', message, { cause: first }));
  }

  /** After a failed start the next attempt waits. */
  #pause(): void {
    this.#pauseAlarm ??= this.#alarms.at(this.#failures.pauseUntil, () => {
      this.#pauseAlarm = null;
      this.#events.roomChanged();
    });
  }

  #unpause(): void {
    if (this.#pauseAlarm !== null) this.#alarms.cancel(this.#pauseAlarm);
    this.#pauseAlarm = null;
  }

  /** What waits could run, and those that have nothing to do do not take it: something that was left in them blocks them. */
  #giveUpIdle(): void {
    for (const member of this.#members) if (member.state === 'idle' && member.task === null) member.giveUp();
    this.#events.roomChanged();
  }

  #startTooLong(member: PoolMember): void {
    member.readArrived(); // it may be us who were late
    if (member.state !== 'starting') return;
    this.#starting.delete(member);
    member.kill(null, NO_OUTCOME);
    this.#startFailed(new Error(`a ${this.#kind.name} did not start within ${this.#settings.startTimeoutMs} ms`));
    this.#events.roomChanged();
  }

  /** A task has been handed over and does not begin: what an earlier task has left behind is in its way. */
  #beginTooLong(member: PoolMember, task: TaskHandle): void {
    if (this.#hasNotBegun(member, task) && !member.giveUp()) this.#watchBegin(member, task);
  }

  /** The module of a task hangs. */
  #loadTooLong(member: PoolMember, task: TaskHandle): void {
    if (!this.#hasNotBegun(member, task)) return;
    const error = stuckLoad(task, member.registered, this.#settings.startTimeoutMs);
    if (this.#aloop === null) member.kill(task, { kind: 'failed', error });
    else this.#aloop.drop(member, task, { kind: 'failed', error });
  }

  #hasNotBegun(member: PoolMember, task: TaskHandle): boolean {
    member.readArrived(); // it may be us who were late
    return member.holds.of(task) !== null && !this.#limits.has(task) && task.timeStarted === null;
  }
}

const NO_OUTCOME: Outcome = { kind: 'canceled', reason: undefined };
