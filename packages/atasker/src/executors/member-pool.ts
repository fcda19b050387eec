import { noContext, type Alarm, type Alarms, type Clock } from '../clock.ts';
import { concurrencyOf } from '../core/limits.ts';
import { aboutTask, TaskError } from '../errors.ts';
import type { MainFile } from '../role.ts';
import type { Outcome, TaskHandle } from '../task.ts';
import { programLoader } from '../typescript.ts';
import { takeArgs, type Packed } from '../wire/values.ts';
import type { Exit, MemberKind, MemberStart } from './channel.ts';
import type { Executor, ExecutorEvents, ExecutorSize } from './executor.ts';
import type { MemberPoolSettings } from './pool-options.ts';
import { StartFailures } from './start-failures.ts';
import { PoolMember } from './member.ts';

/** What a pool needs to know of the program that it works for. */
export interface Program {
  /** The file of this copy of the library. */
  readonly library: string;
  mainFile(): MainFile;
}

/** What a pool works with. */
export interface MemberPoolContext {
  readonly program: Program;
  readonly clock: Clock;
  readonly alarms: Alarms;
}

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
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  #settings: MemberPoolSettings;
  readonly #members = new Set<PoolMember>();
  /** The one that was used last is on top, so that those on the bottom can go. */
  readonly #idle: PoolMember[] = [];
  readonly #busy = new Map<TaskHandle, PoolMember>();
  /** The time limits of starts and loads. */
  readonly #limits = new Map<PoolMember, Alarm>();
  /** Modules that tasks have been loaded from. One that cannot be loaded must not hold up a new member. */
  readonly #modules = new Set<string>();
  readonly #failures = new StartFailures();
  readonly #starting = new Set<PoolMember>();
  #hasResult = false;
  #idleAlarm: Alarm | null = null;
  #pauseAlarm: Alarm | null = null;
  #isClosed = false;

  constructor(kind: MemberKind, events: ExecutorEvents, context: MemberPoolContext, settings: MemberPoolSettings) {
    const { program, clock, alarms } = context;
    this.#kind = kind;
    this.#events = events;
    this.#program = program;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#settings = settings;
  }

  get size(): ExecutorSize {
    return { alive: this.#members.size, idle: this.#idle.length };
  }

  /** New options, at any time; no running task is harmed. */
  configure(settings: MemberPoolSettings): void {
    this.#settings = settings;
    this.#failures.clear();
    this.#unwatchIdle();
    this.#watchIdle();
  }

  take(args: readonly unknown[]): unknown {
    return takeArgs(args, this.#kind.name);
  }

  hasRoomFor(task: TaskHandle): boolean {
    for (;;) {
      const member = this.#idle.at(-1);
      if (member === undefined) return false;
      if (member.state !== 'idle') this.#leaveIdle(member); // it ends: something that a task has left there went wrong
      else if (!member.isTooOldFor(task.target.address!)) return true;
      else this.#retire(member); // the main file has defined more since it was evaluated there
    }
  }

  prepare(count: number, childWaits: boolean): void {
    if (this.#members.size > this.#settings.maxSize) this.#shrink();
    const isWorking = count > 0 || this.#busy.size > 0;
    const spare = this.#hasResult && isWorking ? 1 : 0;
    const missing = Math.max(
      count + spare - this.#idle.length - this.#starting.size,
      this.#settings.minSize - this.#members.size,
    );
    if (missing <= 0 || this.#isClosed) return;
    if (this.#clock.now() < this.#failures.pauseUntil) return this.#pause();
    for (let started = 0; started < missing && this.#mayStartMember(childWaits); started += 1) this.#startMember();
  }

  start(task: TaskHandle): void {
    const member = this.#idle.pop()!;
    this.#busy.set(task, member);
    try {
      member.run(task, this.#program.mainFile());
    } catch (error) {
      this.#busy.delete(task);
      this.#idle.push(member);
      this.#events.ended(task, { kind: 'failed', error: aboutTask(error, task) });
      return;
    }
    this.#limit(member, this.#settings.startTimeoutMs, () => this.#beginTooLong(member, task));
  }

  stop(task: TaskHandle, error: Error): void {
    this.#busy.get(task)?.stop(error);
  }

  end(task: TaskHandle): void {
    this.#busy.get(task)?.kill({ kind: 'canceled', reason: undefined });
  }

  readArrived(task: TaskHandle): void {
    this.#busy.get(task)?.readArrived();
  }

  /** As often as one likes, and whatever is under way: it waits for the members that there are. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const member of this.#members) this.#retire(member);
    this.#unwatchIdle();
    this.#unpause();
    await Promise.all([...this.#members].map(({ whenGone }) => whenGone));
  }

  /** Opens it again after it was closed. */
  open(): void {
    this.#isClosed = false;
    this.#hasResult = false;
  }

  /** At `maxSize` one more may start only if all are held by suspended tasks and a child waits. */
  #mayStartMember(childWaits: boolean): boolean {
    if (this.#members.size < this.#settings.maxSize) return true;
    if (!childWaits || this.#starting.size > 0) return false;
    return [...this.#members].every(({ task }) => task !== null && !task.holdsSlot);
  }

  #startMember(): void {
    const events = {
      ready: (member: PoolMember) => this.#ready(member),
      ended: (member: PoolMember, task: TaskHandle, outcome: Outcome) => this.#ended(member, task, outcome),
      givenBack: (_member: PoolMember, task: TaskHandle, error: Error) => this.#givenBack(task, error),
      gone: (member: PoolMember, exit: Exit, cause: Error | null) => this.#gone(member, exit, cause),
    };
    try {
      const start = (): PoolMember => new PoolMember(this.#kind, this.#startData(), events, this.#events);
      const member = noContext.runInAsyncScope(start);
      this.#members.add(member);
      this.#starting.add(member);
      this.#limit(member, this.#settings.startTimeoutMs, () => this.#startTooLong(member));
      this.#events.memberStarted(this.#kind.name, member.id);
    } catch (error) {
      this.#startFailed(error as Error);
      this.#pause();
    }
  }

  #startData(): MemberStart {
    const { execArgv, env, resourceLimits } = this.#settings;
    const { library } = this.#program;
    const preload = [...this.#modules].slice(-MOST_PRELOADED);
    const concurrency = concurrencyOf(this.#settings);
    const boot = { library, main: this.#program.mainFile(), loader: programLoader(), preload, concurrency };
    return { boot, execArgv, env, resourceLimits };
  }

  #ready(member: PoolMember): void {
    this.#starting.delete(member);
    this.#unlimit(member);
    this.#failures.clear();
    this.#rest(member);
    this.#events.roomChanged();
  }

  #ended(member: PoolMember, task: TaskHandle, outcome: Outcome): void {
    this.#busy.delete(task);
    this.#unlimit(member);
    if (outcome.kind === 'completed') {
      this.#hasResult = true;
      this.#modules.add(task.target.address!.module);
    }
    if (member.state === 'idle') this.#rest(member);
    this.#events.ended(task, outcome);
  }

  #givenBack(task: TaskHandle, error: Error): void {
    this.#busy.delete(task);
    const { transfer } = task.args as Packed;
    if (transfer.length > 0) this.#events.ended(task, { kind: 'failed', error }); // its arguments have moved there
    else this.#events.givenBack(task, error);
  }

  /** More are alive than there may be. */
  #shrink(): void {
    let extra = -this.#settings.maxSize;
    for (const { state } of this.#members) if (state !== 'retiring') extra += 1;
    for (; extra > 0 && this.#idle.length > 0; extra -= 1) this.#retire(this.#idle[0]!);
  }

  /** It has nothing to do now. */
  #rest(member: PoolMember): void {
    member.idleSince = this.#clock.now();
    this.#idle.push(member);
    if (member.isSuspect || this.#isClosed) this.#retire(member);
    this.#watchIdle();
  }

  #gone(member: PoolMember, exit: Exit, cause: Error | null): void {
    this.#unlimit(member);
    this.#leaveIdle(member);
    this.#members.delete(member);
    this.#events.memberExited(this.#kind.name, member.id, exit);
    if (this.#starting.delete(member) && cause !== null) this.#startFailed(cause);
    this.#events.roomChanged();
  }

  /** Lets an idle or starting member end by itself, and ends it if it does not. */
  #retire(member: PoolMember): void {
    this.#leaveIdle(member);
    this.#starting.delete(member);
    if (member.state === 'busy') return member.kill(NO_OUTCOME);
    if (member.state !== 'idle' && member.state !== 'starting') return;
    member.retire();
    this.#limit(member, RETIRE_MS, () => member.kill(NO_OUTCOME));
  }

  #leaveIdle(member: PoolMember): void {
    const index = this.#idle.indexOf(member);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** One alarm for the member that has been idle longest; while tasks run one of them stands by. */
  #watchIdle(): void {
    const oldest = this.#idle[0];
    if (this.#idleAlarm !== null || oldest === undefined || this.#members.size <= this.#kept) return;
    this.#idleAlarm = this.#alarms.at(oldest.idleSince + this.#settings.idleTimeoutMs, () => {
      this.#idleAlarm = null;
      this.#retireIdle();
      this.#watchIdle();
    });
  }

  #unwatchIdle(): void {
    if (this.#idleAlarm !== null) this.#alarms.cancel(this.#idleAlarm);
    this.#idleAlarm = null;
  }

  #retireIdle(): void {
    const since = this.#clock.now() - this.#settings.idleTimeoutMs;
    for (let oldest = this.#idle[0]; oldest !== undefined && oldest.idleSince <= since; oldest = this.#idle[0]) {
      if (this.#members.size <= this.#kept) return;
      this.#retire(oldest);
    }
  }

  /** How many threads stay, however long they have been idle. */
  get #kept(): number {
    return Math.max(this.#settings.minSize, this.#busy.size > 0 ? this.#busy.size + 1 : 0);
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

  #startTooLong(member: PoolMember): void {
    member.readArrived(); // it may be us who were late
    if (member.state !== 'starting') return;
    this.#starting.delete(member);
    member.kill(NO_OUTCOME);
    this.#startFailed(new Error(`a ${this.#kind.name} did not start within ${this.#settings.startTimeoutMs} ms`));
    this.#events.roomChanged();
  }

  /** A task has been handed over and does not begin: its module hangs, or what an earlier task has left behind. */
  #beginTooLong(member: PoolMember, task: TaskHandle): void {
    member.readArrived();
    if (member.task !== task || task.timeStarted !== null) return;
    if (!member.isLoading) return member.giveUp();
    const { module } = task.target.address!;
    const registered = member.registered.length === 0 ? 'no task' : member.registered.join(', ');
    const fact = `${module} did not define ${task.name} within ${this.#settings.startTimeoutMs} ms`;
    const where = `it had defined ${registered} and its evaluation goes on: an endless loop, or an await that never settles`;
    const details = { taskId: task.id, taskName: task.name, module };
    member.kill({ kind: 'failed', error: new TaskError('ERR_TASK_LOAD', `${fact}; ${where}`, details) });
  }

  #limit(member: PoolMember, ms: number, late: () => void): void {
    this.#unlimit(member);
    const alarm = this.#alarms.at(this.#clock.now() + ms, () => {
      this.#limits.delete(member);
      late();
    });
    this.#limits.set(member, alarm);
  }

  #unlimit(member: PoolMember): void {
    const alarm = this.#limits.get(member);
    if (alarm === undefined) return;
    this.#alarms.cancel(alarm);
    this.#limits.delete(member);
  }
}

const NO_OUTCOME: Outcome = { kind: 'canceled', reason: undefined };
