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

/** How tasks get to threads: they take them from memory that they share, or each is sent. */
export const TRANSPORTS = ['shared', 'message'] as const;

export type TransportName = (typeof TRANSPORTS)[number];

/** The sizes that every pool has. */
export interface LimitOptions {
  /** Slots for every priority; 0 or Infinity: no limit. @defaultValue for threads and processes the processors that this program may use; for async tasks no limit */
  poolSize?: number | undefined;
  /** Slots more for normal, high and critical tasks. @defaultValue `1` */
  reserveNormal?: number | undefined;
  /** Slots more for high and critical tasks only. @defaultValue `1` */
  reserveHigh?: number | undefined;
  /** How many tasks may wait; those in delay and children of running tasks do not count. @defaultValue no limit */
  maxQueue?: number | undefined;
  /** What happens to a task beyond `maxQueue`: it fails with `ERR_TASK_REJECTED`, or waits like all others: by its priority, and counted in `getInfo()`. @defaultValue `'reject'` */
  whenFull?: 'reject' | 'wait' | undefined;
}

/** Options of the thread pool, at any time; absent ones keep their value. */
export interface ThreadPoolOptions extends LimitOptions {
  /** Threads started ahead and kept; `'max'`: as many as size and reserves. @defaultValue `0` */
  minSize?: number | 'max' | undefined;
  /** Threads alive at once, whatever the reason. @defaultValue size and reserves and 64; 64 without a limit */
  maxSize?: number | undefined;
  /** How long a thread may have nothing to do before it is retired. @defaultValue `'30s'`, so that a pause in the work costs no new start */
  idleTimeout?: Duration | undefined;
  /** How long a thread may take to start, and a module to define its tasks. @defaultValue `'10s'` */
  startTimeout?: Duration | undefined;
  /** Command line options of Node.js, added to those that the threads inherit from the program. @defaultValue none */
  execArgv?: readonly string[] | undefined;
  /**
   * The whole environment of the threads, in place of a copy of the program's; `SHARE_ENV` of
   * `node:worker_threads`: they share that of the program. @defaultValue a copy of the program's, made at the start of each thread
   */
  env?: MemberEnv | undefined;
  /** Memory limits of each thread, as `node:worker_threads` has them. @defaultValue those of Node.js */
  resourceLimits?: Readonly<ResourceLimits> | undefined;
}

/** Options of the process pool, at any time; absent ones keep their value. They mean the same as for threads. */
export interface ProcessPoolOptions extends Omit<ThreadPoolOptions, 'resourceLimits' | 'env'> {
  /** The whole environment of the processes. @defaultValue a copy of the program's, made at the start of each process */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Options of the pool of async tasks, at any time; absent ones keep their value. */
export interface AsyncPoolOptions extends LimitOptions {
  /** Whether async tasks have a `currentTask()` and the caller's AsyncLocalStorage. @defaultValue `true` */
  context?: boolean | undefined;
}

/** Limits of an aloop, and options of its thread. Without a `poolSize` any number of tasks run side by side. */
export type AloopPoolOptions = LimitOptions &
  Pick<ThreadPoolOptions, 'startTimeout' | 'execArgv' | 'env' | 'resourceLimits'>;

/** Limits and bound of the backlog, as a pool uses them. */
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

/** The options of each kind of pool, by what messages call them; `pool` is that of an aloop. */
interface OptionsOf {
  readonly threadPool: ThreadPoolOptions;
  readonly processPool: ProcessPoolOptions;
  readonly asyncPool: AsyncPoolOptions;
  readonly pool: AloopPoolOptions;
}

/** The settings of all kinds of pools, without what depends on other options. */
type PoolSettings = Omit<MemberPoolSettings & AsyncPoolSettings, 'minSize' | 'maxSize'>;

/** The kinds of pools that have an option, as the declarations above say, and no others. */
type Takers<Name> = {
  readonly [K in keyof OptionsOf as Name extends keyof OptionsOf[K] ? K : never]: true;
} & { readonly [K in keyof OptionsOf as Name extends keyof OptionsOf[K] ? never : K]?: never };

type PoolOptionTable<O> = OptionTable<O, PoolSettings> & { readonly [Name in keyof O]-?: { pools: Takers<Name> } };

const ALL = { threadPool: true, processPool: true, asyncPool: true, pool: true } as const;
const WITH_MEMBERS = { threadPool: true, processPool: true, pool: true } as const;
const OF_ANY_SIZE = { threadPool: true, processPool: true } as const;
const WITH_THREADS = { threadPool: true, pool: true } as const;

/**
 * One row per option, as in `TASK_OPTIONS`: which pools have it, the field of the settings, the default, and the check.
 * The type and the sentence for the docs stand at the declarations above.
 */
export const POOL_OPTIONS = {
  poolSize: { pools: ALL, field: 'poolSize', default: Infinity, check: checkCountOrInfinity }, // or processors()
  reserveNormal: { pools: ALL, field: 'reserveNormal', default: 1, check: checkCount },
  reserveHigh: { pools: ALL, field: 'reserveHigh', default: 1, check: checkCount },
  maxQueue: { pools: ALL, field: 'maxQueue', default: Infinity, check: checkCountOrInfinity },
  whenFull: { pools: ALL, field: 'whenFull', default: 'reject', check: oneOf(['reject', 'wait']) },
  minSize: { pools: OF_ANY_SIZE, field: null }, // withSizes
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

/** @param options what has been asked for so far, the later ones over the earlier ones. */
export function threadPoolSettings(options: ThreadPoolOptions): MemberPoolSettings {
  return withSizes(settingsOf('threadPool', options, processors()), options);
}

export function processPoolSettings(options: ProcessPoolOptions): MemberPoolSettings {
  if ((options.env as unknown) === SHARE_ENV) {
    throw invalidOption('type', 'env of a process pool must be an object: only threads can share an environment');
  }
  return withSizes(settingsOf('processPool', options, processors()), options);
}

/** One thread, which is always there; another one may have to finish what it has. */
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

/** Threads or processes beyond size and reserves, for critical and nested tasks and the warm spare. */
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

/** An object; null too. */
function checkRecord<T extends object>(name: string, value: T): T {
  if (typeof value !== 'object') throw invalidOption('type', `${name} must be an object, got ${show(value)}`);
  return value;
}

/** Processors that this program may use: those it may run on, and no more than the quota of its cgroup. */
export function processors(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupQuota())));
}

/** The quota of cgroup v2 (`cpu.max`) or v1, in processors; Node 20 does not read it. */
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
    return undefined; // not on this system
  }
}
