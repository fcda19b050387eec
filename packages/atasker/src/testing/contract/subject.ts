import type { Clock, Duration, PoolInfo, TaskSupervisor, TaskType } from 'atasker';

/**
 * What is true of an executor, beside what is true of each. A row says which of these it is about:
 *
 * - `copies`: arguments and results cross a boundary, so that both sides have their own
 * - `references`: arguments and results are the caller's own objects
 * - `ends`: a function that does not stop is ended, and blocks nobody else
 * - `threads`: it runs in the process of the caller, in a thread of its own
 * - `alone`: a task has its thread or process to itself, and is ended with it
 * - `shares`: tasks share an event loop, where one that does not stop goes on beside the others
 * - `processes`: it runs in a process of its own, which may die alone
 */
export type ContractTrait = 'copies' | 'references' | 'ends' | 'alone' | 'shares' | 'threads' | 'processes';

/** Options of the pool that the tasks of a row run in; what is absent is the executor's default. */
export interface ContractPoolOptions {
  readonly poolSize?: number;
  readonly reserveNormal?: number;
  readonly reserveHigh?: number;
  readonly maxQueue?: number;
  readonly whenFull?: 'reject' | 'wait';
  /** These are asked for only by rows that need `ends`. */
  readonly maxSize?: number;
  readonly idleTimeout?: Duration;
  readonly startTimeout?: Duration;
  readonly execArgv?: readonly string[];
  /** How much memory the JavaScript of one thread or process may use. */
  readonly heapMb?: number;
}

/** What a row asks for. */
export interface ContractSupervisorOptions {
  readonly cancelGrace?: Duration;
  readonly clock?: Clock;
  readonly pool: ContractPoolOptions;
}

/** An executor that is to keep the contract, and how to get at it. */
export interface ContractSubject {
  /** The task type that it runs. */
  readonly tt: TaskType;
  /** The aloop that it runs them on, if it is one. */
  readonly loop?: string;
  readonly traits: readonly ContractTrait[];
  /** How many tasks, each of which waits for the next one, it can be asked for. */
  readonly longestChain: number;
  /** A supervisor whose tasks of type `tt` run there. The row stops it. */
  makeSupervisor(options: ContractSupervisorOptions): TaskSupervisor;
  /** What `getInfo()` says of the pool of those tasks. @defaultValue that of the task type */
  poolOf?(supervisor: TaskSupervisor): PoolInfo | undefined;
  /** Gives other options to the pool of such a supervisor; absent ones keep their value. */
  configure(supervisor: TaskSupervisor, options: ContractPoolOptions): void;
}

/** Where the tasks of a subject run, as options of tasks. */
export interface ContractPlace {
  readonly supervisor: TaskSupervisor;
  readonly tt: TaskType;
  readonly loop: string | undefined;
}

export function placeOf({ tt, loop }: ContractSubject, supervisor: TaskSupervisor): ContractPlace {
  return { supervisor, tt, loop };
}

/** The pool of the tasks of a subject. */
export function poolInfoOf(subject: ContractSubject, supervisor: TaskSupervisor): PoolInfo | undefined {
  return subject.poolOf?.(supervisor) ?? supervisor.getInfo().pools[subject.tt];
}
