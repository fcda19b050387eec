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
 * - `near`: its pool belongs to the supervisor that the row makes: with the clock, the backlog, the locks, the events and
 *   the information of that supervisor
 */
export type ContractTrait = 'copies' | 'references' | 'ends' | 'alone' | 'shares' | 'threads' | 'processes' | 'near';

/** Options of the pool that the tasks of a row run in; what is absent is the executor's default. */
export interface ContractPoolOptions {
  /** Slots for every priority. @defaultValue that of the executor */
  readonly poolSize?: number;
  /** Slots more for normal, high and critical tasks. @defaultValue that of the executor */
  readonly reserveNormal?: number;
  /** Slots more for high and critical tasks. @defaultValue that of the executor */
  readonly reserveHigh?: number;
  /** How many tasks may wait. @defaultValue that of the executor */
  readonly maxQueue?: number;
  /** What happens to a task beyond `maxQueue`. @defaultValue that of the executor */
  readonly whenFull?: 'reject' | 'wait';
  /** These are asked for only by rows that need `ends`. @defaultValue that of the executor */
  readonly maxSize?: number;
  /** How long a thread or process may have nothing to do. @defaultValue that of the executor */
  readonly idleTimeout?: Duration;
  /** How long one may take to start. @defaultValue that of the executor */
  readonly startTimeout?: Duration;
  /** Command line options of Node.js for them. @defaultValue that of the executor */
  readonly execArgv?: readonly string[];
  /** How much memory the JavaScript of one thread or process may use. @defaultValue that of the executor */
  readonly heapMb?: number;
}

/** What a row asks for. */
export interface ContractSupervisorOptions {
  /** How long a cancelled task may go on. @defaultValue that of the executor */
  readonly cancelGrace?: Duration;
  /** Where the time of its tasks comes from. @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /** Options of the pool that the tasks run in. */
  readonly pool: ContractPoolOptions;
}

/** An executor that is to keep the contract, and how to get at it. */
export interface ContractSubject {
  /** The task type that it runs. */
  readonly tt: TaskType;
  /** The aloop that it runs them on, if it is one. */
  readonly loop?: string;
  /** What is true of it. */
  readonly traits: readonly ContractTrait[];
  /** How many tasks, each of which waits for the next one, it can be asked for. */
  readonly longestChain: number;
  /** A supervisor whose tasks of type `tt` run there. The row stops it. */
  makeSupervisor(options: ContractSupervisorOptions): TaskSupervisor;
  /** What `getInfo()` says of the pool of those tasks. @defaultValue that of the task type */
  poolOf?(supervisor: TaskSupervisor): PoolInfo | undefined;
  /** A row defines a task with these options: for an executor in another program, which has to define it as well. */
  define?(supervisor: TaskSupervisor, name: string, module: string): void;
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
