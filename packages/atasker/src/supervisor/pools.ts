import { isUnlimited } from '../core/limits.ts';
import { library, mainFile } from '../define/registry.ts';
import { EventLoop } from '../executors/event-loop.ts';
import {
  asyncPoolSettings,
  threadPoolSettings,
  type AsyncPoolOptions,
  type ThreadPoolOptions,
} from '../executors/pool-options.ts';
import { ThreadPool } from '../executors/thread-pool.ts';
import type { TaskType } from '../task.ts';
import { TaskPool, type PoolContext } from './task-pool.ts';

/** Inputs that a map has out where the pool has no limit. */
const UNLIMITED_CONCURRENCY = 64;

/** The pools of a supervisor. Each is made when it is first used, and costs nothing before. */
export class Pools {
  readonly #context: PoolContext;
  #threadOptions: ThreadPoolOptions;
  #asyncOptions: AsyncPoolOptions;
  #thread: TaskPool<ThreadPool> | null = null;
  #async: TaskPool<EventLoop> | null = null;

  constructor(context: PoolContext, threadOptions: ThreadPoolOptions, asyncOptions: AsyncPoolOptions) {
    this.#context = context;
    this.#threadOptions = threadOptions;
    this.#asyncOptions = asyncOptions;
    if (Object.keys(threadOptions).length > 0) threadPoolSettings(threadOptions);
    asyncPoolSettings(asyncOptions);
  }

  get(tt: TaskType): TaskPool {
    switch (tt) {
      case 'thread':
        this.#thread ??= this.#makeThreadPool();
        return this.#thread;
      case 'async':
        this.#async ??= this.#makeAsyncPool();
        return this.#async;
    }
  }

  /** The pool of a type, or null if it has not been used yet. */
  find(tt: TaskType): TaskPool | null {
    return tt === 'thread' ? this.#thread : this.#async;
  }

  setThreadPool(options: ThreadPoolOptions): void {
    const merged = { ...this.#threadOptions, ...given(options) };
    const settings = threadPoolSettings(merged);
    this.#threadOptions = merged;
    this.#thread?.executor.configure(settings);
    this.#thread?.resize(settings);
  }

  setAsyncPool(options: AsyncPoolOptions): void {
    const merged = { ...this.#asyncOptions, ...given(options) };
    const settings = asyncPoolSettings(merged);
    this.#asyncOptions = merged;
    this.#async?.executor.configure(settings);
    this.#async?.resize(settings);
  }

  /** How many tasks of a type are worth having out at a time. */
  concurrency(tt: TaskType): number {
    const { limits } = this.get(tt);
    return isUnlimited(limits) ? UNLIMITED_CONCURRENCY : limits.poolSize;
  }

  /** Starts what is to be there ahead of the first task. */
  open(): void {
    this.#thread?.executor.open();
    if ((this.#threadOptions.minSize ?? 0) !== 0) this.get('thread').pump();
  }

  /** Resolves when no thread is left. */
  async close(): Promise<void> {
    await Promise.all([this.#thread?.executor.close(), this.#async?.executor.close()]);
  }

  #makeThreadPool(): TaskPool<ThreadPool> {
    const { clock, alarms } = this.#context;
    const settings = threadPoolSettings(this.#threadOptions);
    const program = { library, mainFile };
    return new TaskPool(this.#context, settings, (events) => new ThreadPool(events, program, clock, alarms, settings));
  }

  #makeAsyncPool(): TaskPool<EventLoop> {
    const settings = asyncPoolSettings(this.#asyncOptions);
    const { clock } = this.#context;
    return new TaskPool(this.#context, settings, (events) => new EventLoop(events, clock, settings));
  }
}

/** Options that are undefined keep their value. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
