import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { SHARE_ENV, type ResourceLimits } from 'node:worker_threads';
import {
  checkBoolean,
  checkDuration,
  checkInteger,
  checkKeys,
  defaultsOf,
  oneOf,
  resolverOf,
  show,
  type Duration,
  type OptionTable,
} from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import type { Limits } from '../core/limits.ts';
import { arrayEvery, arrayFilter, stringSplit, stringTrim } from '../platform/methods.ts';
import { Array, Math, Number, Object } from '../platform/primordials.ts';
import type { MemberEnv } from './channels/channel.ts';

/**
 * How tasks get to threads. `'shared'`: threads take tasks from the run queue, in memory that they share; `'message'`:
 * the pool sends each task to a thread.
 */
export const TRANSPORTS = ['shared', 'message'] as const;

export type TransportName = (typeof TRANSPORTS)[number];

/** Options that every pool has: how many tasks may run, and how many may wait. */
export interface LimitOptions {
  /**
   * Number of slots for tasks of every priority; 0 or Infinity means no limit.
   * @defaultValue for threads and processes the number of processors that this program may use; for async tasks no
   * limit
   */
  poolSize?: number | undefined;
  /** Number of additional slots for normal, high and critical tasks. @defaultValue `1` */
  reserveNormal?: number | undefined;
  /** Number of additional slots for high and critical tasks only. @defaultValue `1` */
  reserveHigh?: number | undefined;
  /** How many tasks may wait; delayed tasks and children of running tasks do not count. @defaultValue no limit */
  maxQueue?: number | undefined;
  /**
   * What happens to a task beyond `maxQueue`. `'reject'`: the task fails with `ERR_TASK_REJECTED`. `'wait'`: the task
   * waits like all others, by its priority, and counts in `getInfo()`.
   * @defaultValue `'reject'`
   */
  whenFull?: 'reject' | 'wait' | undefined;
}

/** Options of the thread pool. They can be set at any time; an absent option keeps its value. */
export interface ThreadPoolOptions extends LimitOptions {
  /**
   * Number of threads that the pool starts ahead and keeps; `'max'` means `poolSize` plus both reserves.
   * @defaultValue `0`
   */
  minSize?: number | 'max' | undefined;
  /**
   * Largest number of threads alive at once. The pool exceeds it only when suspended tasks hold all threads and a child
   * waits: then one more thread starts.
   * @defaultValue `poolSize` plus both reserves plus 64; 64 without a limit
   */
  maxSize?: number | undefined;
  /**
   * How long a thread may be idle before the pool retires it.
   * @defaultValue `'30s'`, so that a pause in the work costs no new start
   */
  idleTimeout?: Duration | undefined;
  /** How long a thread may take to start, and how long a module may take to define its tasks. @defaultValue `'10s'` */
  startTimeout?: Duration | undefined;
  /**
   * Command line options of Node.js for the threads, in addition to those that they inherit from the program.
   * @defaultValue none
   */
  execArgv?: readonly string[] | undefined;
  /**
   * The whole environment of the threads, in place of a copy of the program's environment. With `SHARE_ENV` of
   * `node:worker_threads` the threads share the environment of the program.
   * @defaultValue a copy of the program's environment, made at the start of each thread
   */
  env?: MemberEnv | undefined;
  /** Memory limits of each thread, as in `node:worker_threads`. @defaultValue the limits of Node.js */
  resourceLimits?: Readonly<ResourceLimits> | undefined;
}

/**
 * Options of the process pool, with the same meaning as for the thread pool. They can be set at any time; an absent
 * option keeps its value.
 */
export interface ProcessPoolOptions extends Omit<ThreadPoolOptions, 'resourceLimits' | 'env'> {
  /**
   * The whole environment of the processes.
   * @defaultValue a copy of the program's environment, made at the start of each process
   */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Options of the pool of async tasks. They can be set at any time; an absent option keeps its value. */
export interface AsyncPoolOptions extends LimitOptions {
  /**
   * Whether async tasks have a `currentTask()` and run in the AsyncLocalStorage context of the caller.
   * @defaultValue `true`
   */
  context?: boolean | undefined;
}

/** Limits of an aloop, and options of its thread. Without a `poolSize` any number of tasks run side by side. */
export type AloopPoolOptions = LimitOptions &
  Pick<ThreadPoolOptions, 'startTimeout' | 'execArgv' | 'env' | 'resourceLimits'>;

/** How many tasks may run and how many may wait in a pool, checked and with defaults. */
export interface PoolLimits extends Limits {
  readonly maxQueue: number;
  readonly whenFull: 'reject' | 'wait';
}

/** Options of a thread or process pool, checked and with defaults. */
export interface MemberPoolSettings extends PoolLimits {
  readonly minSize: number;
  readonly maxSize: number;
  readonly idleTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly execArgv: readonly string[] | null;
  readonly env: MemberEnv | null;
  readonly resourceLimits: Readonly<ResourceLimits> | null;
}

export interface AsyncPoolSettings extends PoolLimits {
  readonly context: boolean;
}

/** The options of each kind of pool, by the names that error messages use; `pool` is the pool of an aloop. */
interface OptionsOf {
  readonly threadPool: ThreadPoolOptions;
  readonly processPool: ProcessPoolOptions;
  readonly asyncPool: AsyncPoolOptions;
  readonly pool: AloopPoolOptions;
}

/** Settings of all kinds of pools, except `minSize` and `maxSize`, which depend on other options. */
type PoolSettings = Omit<MemberPoolSettings & AsyncPoolSettings, 'minSize' | 'maxSize'>;

/** Requires exactly the kinds of pools that have the option `Name` according to the interfaces above. */
type Takers<Name> = {
  readonly [K in keyof OptionsOf as Name extends keyof OptionsOf[K] ? K : never]: true;
} & { readonly [K in keyof OptionsOf as Name extends keyof OptionsOf[K] ? never : K]?: never };

type PoolOptionTable<O> = OptionTable<O, PoolSettings> & { readonly [Name in keyof O]-?: { pools: Takers<Name> } };

const ALL = { threadPool: true, processPool: true, asyncPool: true, pool: true } as const;
const WITH_MEMBERS = { threadPool: true, processPool: true, pool: true } as const;
const OF_ANY_SIZE = { threadPool: true, processPool: true } as const;
const WITH_THREADS = { threadPool: true, pool: true } as const;

/**
 * One row per option, as in `TASK_OPTIONS`: the kinds of pools that have the option, its field in the settings, its
 * default, and its check. The type and the sentence for the docs are at the declarations above.
 */
export const POOL_OPTIONS = {
  poolSize: { pools: ALL, field: 'poolSize', default: Infinity, check: checkCountOrInfinity }, // see settingsOf()
  reserveNormal: { pools: ALL, field: 'reserveNormal', default: 1, check: checkCount },
  reserveHigh: { pools: ALL, field: 'reserveHigh', default: 1, check: checkCount },
  maxQueue: { pools: ALL, field: 'maxQueue', default: Infinity, check: checkCountOrInfinity },
  whenFull: { pools: ALL, field: 'whenFull', default: 'reject', check: oneOf(['reject', 'wait']) },
  minSize: { pools: OF_ANY_SIZE, field: null }, // see withSizes()
  maxSize: { pools: OF_ANY_SIZE, field: null },
  idleTimeout: { pools: OF_ANY_SIZE, field: 'idleTimeoutMs', default: 30_000, check: checkDuration },
  startTimeout: { pools: WITH_MEMBERS, field: 'startTimeoutMs', default: 10_000, check: checkDuration },
  execArgv: { pools: WITH_MEMBERS, field: 'execArgv', default: null, check: checkExecArgv },
  env: { pools: WITH_MEMBERS, field: 'env', default: null, check: checkEnv },
  resourceLimits: { pools: WITH_THREADS, field: 'resourceLimits', default: null, check: checkResourceLimits },
  context: { pools: { asyncPool: true }, field: 'context', default: true, check: checkContext },
} as const satisfies PoolOptionTable<ThreadPoolOptions & AsyncPoolOptions>;

const DEFAULTS: PoolSettings = defaultsOf(POOL_OPTIONS);
const resolve = resolverOf<PoolSettings>(POOL_OPTIONS);

const KEYS: Readonly<Record<keyof OptionsOf, readonly string[]>> = {
  threadPool: keysOf('threadPool'),
  processPool: keysOf('processPool'),
  asyncPool: keysOf('asyncPool'),
  pool: keysOf('pool'),
};

function keysOf(kind: keyof OptionsOf): readonly string[] {
  const names = Object.keys(POOL_OPTIONS) as (keyof typeof POOL_OPTIONS)[];
  return arrayFilter(names, (name) => kind in POOL_OPTIONS[name].pools);
}

/** @param options all options given so far, merged; a later value replaces an earlier one */
export function threadPoolSettings(options: ThreadPoolOptions): MemberPoolSettings {
  return withSizes(settingsOf('threadPool', options, processors()), options);
}

export function processPoolSettings(options: ProcessPoolOptions): MemberPoolSettings {
  if ((options.env as unknown) === SHARE_ENV) {
    throw invalidOption('type', 'env of a process pool must be an object: only threads can share an environment');
  }
  return withSizes(settingsOf('processPool', options, processors()), options);
}

/**
 * An aloop always has one thread. `maxSize` has no limit because a thread that was replaced may still finish its tasks.
 */
export function aloopSettings(options: AloopPoolOptions): MemberPoolSettings {
  return { ...settingsOf('pool', options), minSize: 1, maxSize: Infinity };
}

export function asyncPoolSettings(options: AsyncPoolOptions): AsyncPoolSettings {
  return settingsOf('asyncPool', options);
}

function settingsOf<K extends keyof OptionsOf>(kind: K, options: OptionsOf[K], poolSize = Infinity): PoolSettings {
  checkKeys(kind, options, KEYS[kind]);
  return resolve({ ...DEFAULTS, poolSize }, options);
}

/** Number of members beyond `poolSize` and both reserves: for critical tasks, children, and the warm spare. */
const EXTRA_MEMBERS = 64;

function withSizes(
  settings: PoolSettings,
  options: Pick<ThreadPoolOptions, 'minSize' | 'maxSize'>,
): MemberPoolSettings {
  const { poolSize, reserveNormal, reserveHigh } = settings;
  const isUnlimited = poolSize === 0 || poolSize === Infinity;
  const slots = (isUnlimited ? 0 : poolSize) + reserveNormal + reserveHigh;
  const { maxSize = isUnlimited ? Math.max(EXTRA_MEMBERS, slots) : slots + EXTRA_MEMBERS, minSize = 0 } = options;
  const least = minSize === 'max' ? slots : checkInteger('minSize', minSize, 0);
  checkInteger('maxSize', maxSize, 1);
  if (maxSize < slots) {
    const sum = isUnlimited ? 'both reserves' : 'poolSize plus both reserves';
    throw invalidOption('range', `maxSize must be at least ${sum} (${slots}), got ${maxSize}`);
  }
  if (maxSize < least) throw invalidOption('range', `maxSize must be at least minSize (${least}), got ${maxSize}`);
  return { ...settings, minSize: least, maxSize };
}

function checkCount(name: string, value: unknown): number {
  return checkInteger(name, value, 0);
}

function checkCountOrInfinity(name: string, value: unknown): number {
  return checkInteger(name, value, 0, true);
}

function checkContext(name: string, value: boolean | null): boolean {
  return checkBoolean(name, value ?? true);
}

function checkExecArgv(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && arrayEvery(value, (flag) => typeof flag === 'string')) return value;
  throw invalidOption('type', `${name} must be an array of strings, got ${show(value)}`);
}

function checkEnv(name: string, value: MemberEnv): MemberEnv {
  return value === SHARE_ENV ? value : checkRecord(name, value);
}

function checkResourceLimits(name: string, value: Readonly<ResourceLimits>): Readonly<ResourceLimits> {
  const record = checkRecord(name, value);
  return record === null ? record : checkKeys(name, record, RESOURCE_LIMITS);
}

const RESOURCE_LIMITS: readonly (keyof ResourceLimits)[] = [
  'maxOldGenerationSizeMb',
  'maxYoungGenerationSizeMb',
  'codeRangeSizeMb',
  'stackSizeMb',
];

/** Checks that a value is an object or null. */
function checkRecord<T extends object>(name: string, value: T): T {
  if (typeof value !== 'object') throw invalidOption('type', `${name} must be an object, got ${show(value)}`);
  return value;
}

/** Number of processors that this program may use: those it may run on, but not more than the quota of its cgroup. */
export function processors(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupQuota())));
}

/**
 * The quota of cgroup v2 (`cpu.max`) or v1, in processors; Infinity if there is none. Node 20 does not read it by
 * itself.
 */
function cgroupQuota(): number {
  const both = read('/sys/fs/cgroup/cpu.max');
  const words = both === undefined ? [] : stringSplit(both, ' ');
  const quota = words[0] ?? read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const period = words[1] ?? read('/sys/fs/cgroup/cpu/cpu.cfs_period_us');
  const share = Number(quota) / Number(period);
  return share > 0 ? share : Infinity;
}

function read(file: string): string | undefined {
  try {
    return stringTrim(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // this system has no such file
  }
}
