import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { SHARE_ENV, type ResourceLimits } from 'node:worker_threads';
import {
  checkBoolean,
  checkDuration,
  checkInteger,
  checkKeys,
  checkOneOf,
  show,
  type Duration,
} from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import type { Limits } from '../core/limits.ts';
import { arrayConcat, arrayEvery, stringSplit, stringTrim } from '../platform/methods.ts';
import { Array, Math, Number } from '../platform/primordials.ts';
import type { MemberEnv } from './channels/channel.ts';

/** How tasks get to threads: they take them from memory that they share, or each is sent. */
export const TRANSPORTS = ['shared', 'message'] as const;

export type TransportName = (typeof TRANSPORTS)[number];

/** The sizes that every pool has. */
export interface LimitOptions {
  /** Slots for every priority; 0 or Infinity: no limit. @defaultValue threads: the processors this program may use; async: no limit */
  poolSize?: number | undefined;
  /** Slots more for normal, high and critical tasks. @defaultValue `1` */
  reserveNormal?: number | undefined;
  /** Slots more for high and critical tasks only. @defaultValue `1` */
  reserveHigh?: number | undefined;
  /** How many tasks may wait, those in delay and children of running tasks not among them. @defaultValue no limit */
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

const LIMIT_KEYS: readonly string[] = ['poolSize', 'reserveNormal', 'reserveHigh', 'maxQueue', 'whenFull'];
const ASYNC_KEYS: readonly string[] = [...LIMIT_KEYS, 'context'];
const MEMBER_KEYS: readonly string[] = [
  ...LIMIT_KEYS,
  'minSize',
  'maxSize',
  'idleTimeout',
  'startTimeout',
  'execArgv',
  'env',
];

/** Threads or processes beyond size and reserves, for critical and nested tasks and the warm spare. */
const EXTRA_MEMBERS = 64;

/** @param options what has been asked for so far, the later ones over the earlier ones. */
export function threadPoolSettings(options: ThreadPoolOptions): MemberPoolSettings {
  return memberPoolSettings(checkKeys('threadPool', options, arrayConcat(MEMBER_KEYS, ['resourceLimits'])));
}

export function processPoolSettings(options: ProcessPoolOptions): MemberPoolSettings {
  if ((options.env as unknown) === SHARE_ENV) {
    throw invalidOption('type', 'env of a process pool must be an object: only threads can share an environment');
  }
  return memberPoolSettings(checkKeys('processPool', options, MEMBER_KEYS));
}

/** One thread, which is always there; another one may have to finish what it has. */
export function aloopSettings(options: AloopPoolOptions): MemberPoolSettings {
  checkKeys('pool', options, arrayConcat(LIMIT_KEYS, ['startTimeout', 'execArgv', 'env', 'resourceLimits']));
  return { ...poolLimits(options, Infinity), minSize: 1, maxSize: Infinity, ...startSettings(options) };
}

function memberPoolSettings(options: ThreadPoolOptions): MemberPoolSettings {
  const limits = poolLimits(options, processors());
  const { reserveNormal, reserveHigh } = limits;
  const isUnlimited = limits.poolSize === 0 || limits.poolSize === Infinity;
  const slots = (isUnlimited ? 0 : limits.poolSize) + reserveNormal + reserveHigh;
  const { maxSize = isUnlimited ? Math.max(EXTRA_MEMBERS, slots) : slots + EXTRA_MEMBERS, minSize = 0 } = options;
  const least = minSize === 'max' ? slots : checkInteger('minSize', minSize, 0);
  checkInteger('maxSize', maxSize, 1);
  if (maxSize < slots) {
    const sum = isUnlimited ? 'both reserves' : 'poolSize plus both reserves';
    throw invalidOption('range', `maxSize must be at least ${sum} (${slots}), got ${maxSize}`);
  }
  if (maxSize < least) throw invalidOption('range', `maxSize must be at least minSize (${least}), got ${maxSize}`);
  return { ...limits, minSize: least, maxSize, ...startSettings(options) };
}

const RESOURCE_LIMITS: readonly (keyof ResourceLimits)[] = [
  'maxOldGenerationSizeMb',
  'maxYoungGenerationSizeMb',
  'codeRangeSizeMb',
  'stackSizeMb',
];

function checkResourceLimits(limits: ThreadPoolOptions['resourceLimits']): Readonly<ResourceLimits> | null {
  const record = checkRecord('resourceLimits', limits);
  return record === null ? null : checkKeys('resourceLimits', record, RESOURCE_LIMITS);
}

type StartSettings = Omit<MemberPoolSettings, keyof PoolLimits | 'minSize' | 'maxSize'>;

function startSettings(options: ThreadPoolOptions): StartSettings {
  const { idleTimeout = '30s', startTimeout = '10s', execArgv, env, resourceLimits } = options;
  if (
    execArgv !== undefined &&
    !(Array.isArray(execArgv) && arrayEvery(execArgv, (flag) => typeof flag === 'string'))
  ) {
    throw invalidOption('type', `execArgv must be an array of strings, got ${show(execArgv)}`);
  }
  return {
    idleTimeoutMs: checkDuration('idleTimeout', idleTimeout),
    startTimeoutMs: checkDuration('startTimeout', startTimeout),
    execArgv: execArgv ?? null,
    env: env === SHARE_ENV ? env : checkRecord('env', env),
    resourceLimits: checkResourceLimits(resourceLimits),
  };
}

export function asyncPoolSettings(options: AsyncPoolOptions): AsyncPoolSettings {
  checkKeys('asyncPool', options, ASYNC_KEYS);
  return { ...poolLimits(options, Infinity), context: checkBoolean('context', options.context ?? true) };
}

function poolLimits(options: LimitOptions, size: number): PoolLimits {
  const { poolSize = size, reserveNormal = 1, reserveHigh = 1, maxQueue = Infinity, whenFull = 'reject' } = options;
  return {
    poolSize: checkInteger('poolSize', poolSize, 0, true),
    reserveNormal: checkInteger('reserveNormal', reserveNormal, 0),
    reserveHigh: checkInteger('reserveHigh', reserveHigh, 0),
    maxQueue: checkInteger('maxQueue', maxQueue, 0, true),
    whenFull: checkOneOf('whenFull', whenFull, ['reject', 'wait']),
  };
}

function checkRecord<T extends object>(name: string, value: T | undefined): T | null {
  if (value === undefined) return null;
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
