import { givenOptions } from '../../common/check.ts';
import { Alarms, systemClock } from '../../common/clock.ts';
import { concurrencyOf, roomFor } from '../../core/limits.ts';
import type { PerPriority } from '../../core/priority.ts';
import { mainFile } from '../../define/registry.ts';
import { EventLoop } from '../../executors/event-loop.ts';
import type { Executor, ExecutorEvents } from '../../executors/executor.ts';
import { InlineLoop, isInline } from '../../executors/inline/inline-loop.ts';
import { InlineSwitch, type SwitchedPool } from '../../executors/inline/inline-switch.ts';
import { RemoteExecutor } from '../../executors/remote/remote-executor.ts';
import { RemoteTasks } from '../../executors/remote/remote-tasks.ts';
import type { Remote } from '../../executors/remote/seam.ts';
import { library } from '../../modules/library.ts';
import { arrayConcat, arrayFilter, arrayMap, listOf } from '../../platform/methods.ts';
import { Map, Object, Promise } from '../../platform/primordials.ts';
import type { MemberKind } from '../../pool/channels/channel.ts';
import { PROCESSES } from '../../pool/channels/process.ts';
import { THREADS } from '../../pool/channels/thread.ts';
import type { MemberPoolContext } from '../../pool/context.ts';
import {
  asyncPoolSettings,
  processPoolSettings,
  threadPoolSettings,
  type AsyncPoolOptions,
  type AsyncPoolSettings,
  type MemberPoolSettings,
  type PoolLimits,
  type ProcessPoolOptions,
  type ThreadPoolOptions,
  type TransportName,
} from '../../pool/options.ts';
import { MemberPool } from '../../pool/pool.ts';
import { SideBySidePool } from '../../pool/side-by-side.ts';
import type { TaskType } from '../../task/call.ts';
import { inlineMode } from '../../task/inline-mode.ts';
import type { TaskHandle } from '../../task/task.ts';
import { TaskPool, type TaskPoolOwner } from './pump.ts';

/** The options of each pool that have been set so far. */
export interface PoolOptions {
  readonly threadPool: ThreadPoolOptions;
  readonly processPool: ProcessPoolOptions;
  readonly asyncPool: AsyncPoolOptions;
}

/** The options of the pools, and settings that never change. */
interface PoolsSettings extends PoolOptions {
  readonly id: string;
  readonly transport: TransportName;
  readonly remote: Remote | null;
}

/** What all pools need from their supervisor. */
interface PoolsOwner extends Omit<TaskPoolOwner, 'roomChanged'> {
  /** There may be more room for tasks of this type, or less. */
  roomChanged(tt: TaskType): void;
}

/** The pools of a supervisor. Each pool is made at its first use and costs nothing before. */
export class Pools {
  readonly #owner: PoolsOwner;
  /** The tasks that run in other programs; null if there are none. */
  readonly #remote: RemoteTasks | null;
  readonly #remotePools = new Map<TaskType, TaskPool>();
  /** Alarms for threads and processes: these follow the clock of the machine, even if tasks have another clock. */
  readonly #memberAlarms = new Alarms(systemClock);
  readonly #idPrefix: string;
  readonly #transport: TransportName;
  #options: PoolOptions;
  #thread: TaskPool<InlineSwitch<MemberPoolSettings>> | null = null;
  #process: TaskPool<InlineSwitch<MemberPoolSettings>> | null = null;
  #async: TaskPool<EventLoop> | null = null;
  /** The pools of aloops, by name. */
  readonly #aloops = new Map<string, TaskPool<InlineSwitch<MemberPoolSettings>>>();

  constructor(owner: PoolsOwner, { id, transport, threadPool, processPool, asyncPool, remote }: PoolsSettings) {
    this.#owner = owner;
    this.#remote = remote === null ? null : new RemoteTasks(remote, (error) => owner.events.lateError(error));
    this.#idPrefix = `${id}-`;
    this.#transport = transport;
    this.#options = { threadPool, processPool, asyncPool };
    if (Object.keys(threadPool).length > 0) threadPoolSettings(threadPool);
    if (Object.keys(processPool).length > 0) processPoolSettings(processPool);
    asyncPoolSettings(asyncPool);
  }

  get(tt: TaskType): TaskPool {
    switch (tt) {
      case 'thread':
        this.#thread ??= this.#makeMemberPool(THREADS, threadPoolSettings(this.#options.threadPool));
        return this.#thread;
      case 'process':
        this.#process ??= this.#makeMemberPool(PROCESSES, processPoolSettings(this.#options.processPool));
        return this.#process;
      case 'async':
        this.#async ??= this.#makeAsyncPool();
        return this.#async;
    }
  }

  /** The pool of a task. */
  of({ spec: { tt, loop }, target }: TaskHandle): TaskPool {
    if (loop !== null) return this.#aloops.get(loop) ?? this.get(tt);
    return this.#remote === null || target.address === null ? this.get(tt) : this.#elsewhere(tt, this.#remote);
  }

  /** The pool of the tasks of a type that run in other programs. */
  #elsewhere(tt: TaskType, remote: RemoteTasks): TaskPool {
    const known = this.#remotePools.get(tt);
    if (known !== undefined) return known;
    const limits = asyncPoolSettings({ poolSize: 0 });
    const pool = new TaskPool(this.#ownerOf(tt), limits, (events) => new RemoteExecutor(remote, events));
    this.#remotePools.set(tt, pool);
    return pool;
  }

  /** How many more tasks of each priority may start now. The question itself makes no pool. */
  room(tt: TaskType): PerPriority {
    const none = { low: 0, normal: 0, high: 0, critical: 0 };
    return this.find(tt)?.room ?? roomFor(none, 0, limitsOf(tt, this.#options));
  }

  #ownerOf(tt: TaskType | null): TaskPoolOwner {
    return { ...this.#owner, roomChanged: () => tt !== null && this.#owner.roomChanged(tt) };
  }

  /**
   * Makes the pool of an aloop; it replaces the pool of a stopped aloop of that name. `open` of its executor starts the
   * thread.
   */
  makeAloop(name: string, settings: MemberPoolSettings): TaskPool<InlineSwitch<MemberPoolSettings>> {
    const context = this.#memberContext(false);
    const pool = this.#switched(
      null,
      'thread',
      settings,
      (events) => new SideBySidePool(name, events, context, settings),
    );
    this.#aloops.set(name, pool);
    return pool;
  }

  /** The pool of a type, or null if it has not been used yet. */
  find(tt: TaskType): TaskPool | null {
    const elsewhere = this.#remotePools.get(tt);
    if (elsewhere !== undefined) return elsewhere;
    switch (tt) {
      case 'thread':
        return this.#thread;
      case 'process':
        return this.#process;
      case 'async':
        return this.#async;
    }
  }

  setThreadPool(options: ThreadPoolOptions): void {
    const threadPool = { ...this.#options.threadPool, ...given(options) };
    resize(this.#thread, threadPoolSettings(threadPool));
    this.#options = { ...this.#options, threadPool };
  }

  setProcessPool(options: ProcessPoolOptions): void {
    const processPool = { ...this.#options.processPool, ...given(options) };
    resize(this.#process, processPoolSettings(processPool));
    this.#options = { ...this.#options, processPool };
  }

  setAsyncPool(options: AsyncPoolOptions): void {
    const asyncPool = { ...this.#options.asyncPool, ...given(options) };
    resize<AsyncPoolSettings>(this.#async, asyncPoolSettings(asyncPool));
    this.#options = { ...this.#options, asyncPool };
  }

  /** How many tasks of a type are worth submitting at a time. The question itself makes no pool. */
  concurrency(tt: TaskType, loop: string | null = null): number {
    if (loop === null && this.#remote !== null) return this.#remote.concurrency(tt);
    const pool = (loop === null ? undefined : this.#aloops.get(loop)) ?? this.find(tt);
    return concurrencyOf(pool?.limits ?? limitsOf(tt, this.#options));
  }

  /** Starts the members that have to exist before the first task (`minSize`). */
  open(): void {
    this.#remote?.open();
    this.#thread?.executor.open();
    this.#process?.executor.open();
    if ((this.#options.threadPool.minSize ?? 0) !== 0) this.get('thread').pump();
    if ((this.#options.processPool.minSize ?? 0) !== 0) this.get('process').pump();
  }

  /** Resolves when all threads and processes have ended. */
  async close(): Promise<void> {
    const used = arrayFilter(
      arrayConcat<TaskPool | null>(
        [this.#thread, this.#process, this.#async],
        listOf(this.#aloops.values()),
        listOf(this.#remotePools.values()),
      ),
      (pool) => pool !== null,
    );
    await Promise.all(arrayMap(used, ({ executor }) => executor.close()));
    await this.#remote?.close();
    this.#memberAlarms.close();
  }

  #makeMemberPool(kind: MemberKind, settings: MemberPoolSettings): TaskPool<InlineSwitch<MemberPoolSettings>> {
    const context = this.#memberContext(kind === THREADS && this.#transport === 'shared');
    return this.#switched(kind.name, kind.name, settings, (events) => new MemberPool(kind, events, context, settings));
  }

  #memberContext(isShared: boolean): MemberPoolContext {
    return {
      program: { library, mainFile },
      clock: systemClock,
      alarms: this.#memberAlarms,
      idPrefix: this.#idPrefix,
      isShared,
      isOurs: (task: TaskHandle) => !isInline(task),
      aloop: null,
    };
  }

  /** A pool of members that the inline mode can replace by the event loop. */
  #switched(
    tt: TaskType | null,
    kind: MemberKind['name'],
    limits: PoolLimits,
    makeMembers: (events: ExecutorEvents) => SwitchedPool<MemberPoolSettings>,
  ): TaskPool<InlineSwitch<MemberPoolSettings>> {
    return new TaskPool(this.#ownerOf(tt), limits, (events) => {
      const here = new InlineLoop(kind, events, () => inlineMode()?.clone ?? true);
      return new InlineSwitch(makeMembers(events), here, inlineMode);
    });
  }

  #makeAsyncPool(): TaskPool<EventLoop> {
    const settings = asyncPoolSettings(this.#options.asyncPool);
    return new TaskPool(this.#ownerOf('async'), settings, (events) => new EventLoop(events, settings));
  }
}

/** The limits that a pool would have if it were made now. */
function limitsOf(tt: TaskType, { threadPool, processPool, asyncPool }: PoolOptions): PoolLimits {
  switch (tt) {
    case 'thread':
      return threadPoolSettings(threadPool);
    case 'process':
      return processPoolSettings(processPool);
    case 'async':
      return asyncPoolSettings(asyncPool);
  }
}

/** Applies new settings to a pool, if the pool exists. */
function resize<S extends PoolLimits>(
  pool: TaskPool<Executor & { configure(settings: S): void }> | null,
  settings: S,
): void {
  pool?.executor.configure(settings);
  pool?.resize(settings);
}

/** Leaves out options that are undefined: these keep their value. */
function given<T extends object>(options: T): Partial<T> {
  return givenOptions(options);
}
