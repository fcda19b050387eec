import type { Pool, PoolNeeds } from '../../contenders/contender.ts';
import type * as functions from '../threads/functions.ts';

export type FunctionName = keyof typeof functions;

/** A module that cannot be loaded: threads/modules. */
export type BadModule = 'missing' | 'throws' | 'loops' | 'waits';

export type Form = 'threads' | 'processes';

/** What a library may have or not, and a row cannot do without. */
export type Feature = 'AbortSignal' | 'timeout';

/** The ways to end a task from outside. A contender uses those that its documentation describes, and ignores the others. */
export interface Limits {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** As the bench opens one thread that has its library's means for priorities. */
export const ONE_WITH_PRIORITIES: PoolNeeds = { kind: 'thread', size: 1, priorities: 'urgent', isCold: false };

/** A pool with one thread or process, of which only the options are set that the fault needs. */
export interface FaultPool {
  run(name: FunctionName, input?: unknown, limits?: Limits): PromiseLike<unknown>;
  /** A task of a module that cannot be loaded. If a pool has one module only, in a second pool. */
  runOf(module: BadModule, limits?: Limits): PromiseLike<unknown>;
  /** As its documentation says that a pool is stopped. */
  close(): PromiseLike<unknown>;
}

export interface Needs {
  readonly form: Form;
  /** How much a heap may grow. */
  readonly heapMb?: number;
  /** The time that a module may take to load, for contenders that have a limit for it. */
  readonly loadMs?: number;
  /** It reports errors that belong to no task. */
  readonly onError: (error: unknown) => void;
}

/** A library, used as its own documentation says. */
export interface FaultContender {
  open(needs: Needs): FaultPool;
  /** One thread or process, and the library's own means for priorities. */
  openWithPriorities(form: Form): Pool;
}

/** The replacement that libraries without a timeout recommend to their users. */
export function signalOf({ signal, timeoutMs }: Limits): AbortSignal | undefined {
  return timeoutMs === undefined ? signal : AbortSignal.timeout(timeoutMs);
}

/** Of the built file of a bad module. */
export function urlOf(module: BadModule): URL {
  return new URL(`../threads/modules/${module}.js`, import.meta.url);
}
