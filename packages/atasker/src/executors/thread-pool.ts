import type { Alarm, Alarms, Clock } from '../clock.ts';
import { isUnlimited } from '../core/limits.ts';
import { TaskError } from '../errors.ts';
import type { MainFile } from '../role.ts';
import type { Outcome, TaskHandle } from '../task.ts';
import { takeArgs } from '../wire/values.ts';
import type { Executor, ExecutorEvents, ExecutorSize } from './executor.ts';
import type { ThreadPoolSettings } from './pool-options.ts';
import { StartFailures } from './start-failures.ts';
import { PoolThread, type ThreadStart } from './thread.ts';

/** What a pool needs to know of the program that it works for. */
export interface Program {
  /** The file of this copy of the library. */
  readonly library: string;
  mainFile(): MainFile;
}

/** How many modules a new thread loads ahead of its first task. */
const MOST_PRELOADED = 8;

/** Inputs that a map in a thread has out where the pool has no limit. */
const UNLIMITED = 64;

/** How long a thread may take to end by itself before it is ended. */
const RETIRE_MS = 1_000;

/**
 * Threads for tasks: started when needed, kept warm, retired when idle. How many tasks run is not
 * its business (core/admission.ts is asked first); how many threads there are is.
 */
export class ThreadPool implements Executor {
  readonly #events: ExecutorEvents;
  readonly #program: Program;
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  #settings: ThreadPoolSettings;
  readonly #threads = new Set<PoolThread>();
  /** The one that was used last is on top, so that those on the bottom can go. */
  readonly #idle: PoolThread[] = [];
  readonly #busy = new Map<TaskHandle, PoolThread>();
  /** The time limits of starts and loads. */
  readonly #limits = new Map<PoolThread, Alarm>();
  /** Modules that tasks have been loaded from. One that cannot be loaded must not hold up a new thread. */
  readonly #modules = new Set<string>();
  readonly #failures = new StartFailures();
  readonly #starting = new Set<PoolThread>();
  #hasResult = false;
  #idleAlarm: Alarm | null = null;
  #pauseAlarm: Alarm | null = null;
  #closed: (() => void) | null = null;

  constructor(events: ExecutorEvents, program: Program, clock: Clock, alarms: Alarms, settings: ThreadPoolSettings) {
    this.#events = events;
    this.#program = program;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#settings = settings;
  }

  get size(): ExecutorSize {
    return { alive: this.#threads.size, idle: this.#idle.length };
  }

  /** New options, at any time; no running task is harmed. */
  configure(settings: ThreadPoolSettings): void {
    this.#settings = settings;
    this.#failures.clear();
    if (this.#idleAlarm !== null) this.#alarms.cancel(this.#idleAlarm);
    this.#idleAlarm = null;
    this.#watchIdle();
  }

  take(args: readonly unknown[]): unknown {
    return takeArgs(args);
  }

  hasRoomFor(task: TaskHandle): boolean {
    for (;;) {
      const thread = this.#idle.at(-1);
      if (thread === undefined) return false;
      if (!thread.isTooOldFor(task.target.address!)) return true;
      this.#retire(thread); // the main file has defined more since it was evaluated there
    }
  }

  prepare(count: number, first: TaskHandle | null): void {
    while (this.#threads.size > this.#settings.maxSize && this.#idle.length > 0) this.#retire(this.#idle[0]!);
    const isWorking = count > 0 || this.#busy.size > 0;
    const spare = this.#hasResult && isWorking ? 1 : 0;
    const missing = Math.max(
      count + spare - this.#idle.length - this.#starting.size,
      this.#settings.minSize - this.#threads.size,
    );
    if (missing <= 0 || this.#closed !== null) return;
    if (this.#clock.now() < this.#failures.pauseUntil) return this.#pause();
    for (let started = 0; started < missing && this.#mayStartThread(first); started += 1) this.#startThread();
  }

  start(task: TaskHandle): void {
    const thread = this.#idle.pop()!;
    const address = task.target.address!;
    this.#busy.set(task, thread);
    try {
      thread.run(task, this.#program.mainFile());
    } catch (error) {
      this.#busy.delete(task);
      this.#idle.push(thread);
      this.#events.ended(task, { kind: 'failed', error });
      return;
    }
    if (!thread.knows(address))
      this.#limit(thread, this.#settings.startTimeoutMs, () => this.#loadTooLong(thread, task));
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

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = resolve;
      for (const thread of this.#threads) this.#retire(thread);
      if (this.#idleAlarm !== null) this.#alarms.cancel(this.#idleAlarm);
      if (this.#pauseAlarm !== null) this.#alarms.cancel(this.#pauseAlarm);
      this.#idleAlarm = null;
      this.#pauseAlarm = null;
      if (this.#threads.size === 0) resolve();
    });
  }

  /** Opens it again after it was closed. */
  open(): void {
    this.#closed = null;
    this.#hasResult = false;
  }

  /** At `maxSize` one more may start only if all are held by suspended tasks and a child waits. */
  #mayStartThread(first: TaskHandle | null): boolean {
    if (this.#threads.size < this.#settings.maxSize) return true;
    if (first === null || !first.isChild || this.#starting.size > 0) return false;
    return [...this.#threads].every(({ task }) => task !== null && !task.holdsSlot);
  }

  #startThread(): void {
    const events = {
      ready: (thread: PoolThread) => this.#ready(thread),
      ended: (thread: PoolThread, task: TaskHandle, outcome: Outcome) => this.#ended(thread, task, outcome),
      gone: (thread: PoolThread, exitCode: number, cause: Error | null) => this.#gone(thread, exitCode, cause),
    };
    try {
      const thread = new PoolThread(this.#startData(), events, this.#events);
      this.#threads.add(thread);
      this.#starting.add(thread);
      this.#limit(thread, this.#settings.startTimeoutMs, () => this.#startTooLong(thread));
      this.#events.threadStarted(thread.id);
    } catch (error) {
      this.#startFailed(error as Error);
      this.#pause();
    }
  }

  #startData(): ThreadStart {
    const { execArgv, env, resourceLimits, poolSize } = this.#settings;
    const { library } = this.#program;
    const preload = [...this.#modules].slice(-MOST_PRELOADED);
    return {
      boot: {
        library,
        main: this.#program.mainFile(),
        preload,
        concurrency: isUnlimited(this.#settings) ? UNLIMITED : poolSize,
      },
      worker: {
        ...(execArgv === null ? {} : { execArgv: [...inheritedFlags(), ...execArgv] }),
        ...(env === null ? {} : { env: { ...env } as NodeJS.Dict<string> }),
        ...(resourceLimits === null ? {} : { resourceLimits: { ...resourceLimits } }),
      },
    };
  }

  #ready(thread: PoolThread): void {
    this.#starting.delete(thread);
    this.#unlimit(thread);
    this.#failures.clear();
    this.#rest(thread);
    this.#events.roomChanged();
  }

  #ended(thread: PoolThread, task: TaskHandle, outcome: Outcome): void {
    this.#busy.delete(task);
    this.#unlimit(thread);
    if (outcome.kind === 'completed') {
      this.#hasResult = true;
      this.#modules.add(task.target.address!.module);
    }
    if (thread.state === 'idle') this.#rest(thread);
    this.#events.ended(task, outcome);
  }

  /** It has nothing to do now. */
  #rest(thread: PoolThread): void {
    thread.idleSince = this.#clock.now();
    this.#idle.push(thread);
    if (thread.isSuspect || this.#closed !== null) this.#retire(thread);
    this.#watchIdle();
  }

  #gone(thread: PoolThread, exitCode: number, cause: Error | null): void {
    this.#unlimit(thread);
    this.#leaveIdle(thread);
    this.#threads.delete(thread);
    this.#events.threadExited(thread.id, exitCode);
    if (this.#starting.delete(thread) && cause !== null) this.#startFailed(cause);
    if (this.#threads.size === 0) this.#closed?.();
    this.#events.roomChanged();
  }

  /** Lets an idle or starting thread end by itself, and ends it if it does not. */
  #retire(thread: PoolThread): void {
    this.#leaveIdle(thread);
    this.#starting.delete(thread);
    if (thread.state === 'busy') return thread.kill(NO_OUTCOME);
    if (thread.state !== 'idle' && thread.state !== 'starting') return;
    thread.retire();
    this.#limit(thread, RETIRE_MS, () => thread.kill(NO_OUTCOME));
  }

  #leaveIdle(thread: PoolThread): void {
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** One alarm for the thread that has been idle longest; while tasks run one of them stands by. */
  #watchIdle(): void {
    const oldest = this.#idle[0];
    if (this.#idleAlarm !== null || oldest === undefined || this.#threads.size <= this.#kept) return;
    this.#idleAlarm = this.#alarms.at(oldest.idleSince + this.#settings.idleTimeoutMs, () => {
      this.#idleAlarm = null;
      this.#retireIdle();
      this.#watchIdle();
    });
  }

  #retireIdle(): void {
    const since = this.#clock.now() - this.#settings.idleTimeoutMs;
    for (let oldest = this.#idle[0]; oldest !== undefined && oldest.idleSince <= since; oldest = this.#idle[0]) {
      if (this.#threads.size <= this.#kept) return;
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
    const message = `no thread can be started for the pool: ${first.message}`;
    this.#events.broken(new TaskError('ERR_POOL_BROKEN', message, { cause: first }));
  }

  /** After a failed start the next attempt waits. */
  #pause(): void {
    this.#pauseAlarm ??= this.#alarms.at(this.#failures.pauseUntil, () => {
      this.#pauseAlarm = null;
      this.#events.roomChanged();
    });
  }

  #startTooLong(thread: PoolThread): void {
    this.#starting.delete(thread);
    thread.kill(NO_OUTCOME);
    this.#startFailed(new Error(`a thread did not start within ${this.#settings.startTimeoutMs} ms`));
    this.#events.roomChanged();
  }

  #loadTooLong(thread: PoolThread, task: TaskHandle): void {
    thread.readArrived();
    if (thread.task !== task || task.timeStarted !== null) return;
    const { module } = task.target.address!;
    const registered = thread.registered.length === 0 ? 'no task' : thread.registered.join(', ');
    const fact = `${module} did not define ${task.name} within ${this.#settings.startTimeoutMs} ms`;
    const where = `it had defined ${registered} and its evaluation goes on: an endless loop, or an await that never settles`;
    const details = { taskId: task.id, taskName: task.name, module };
    thread.kill({ kind: 'failed', error: new TaskError('ERR_TASK_LOAD', `${fact}; ${where}`, details) });
  }

  #limit(thread: PoolThread, ms: number, late: () => void): void {
    this.#unlimit(thread);
    const alarm = this.#alarms.at(this.#clock.now() + ms, () => {
      this.#limits.delete(thread);
      late();
    });
    this.#limits.set(thread, alarm);
  }

  #unlimit(thread: PoolThread): void {
    const alarm = this.#limits.get(thread);
    if (alarm === undefined) return;
    this.#alarms.cancel(alarm);
    this.#limits.delete(thread);
  }
}

const NO_OUTCOME: Outcome = { kind: 'canceled', reason: undefined };

/** The program's own flags, without those that would open its inspector again. */
function inheritedFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
