import {
  checkBoolean,
  checkDuration,
  checkFunction,
  checkKeys,
  checkOneOf,
  checkString,
  defaultsOf,
  oneOf,
  resolverOf,
  show,
  type Duration,
  type OptionTable,
} from '../common/check.ts';
import { systemClock, type Clock } from '../common/clock.ts';
import { invalidOption } from '../common/errors.ts';
import type { Remote } from '../executors/remote/seam.ts';
import { arrayEvery, numberToString, stringPadEnd, stringSlice } from '../platform/methods.ts';
import { process } from '../platform/node.ts';
import { Atomics, Math, Object } from '../platform/primordials.ts';
import {
  type AsyncPoolOptions,
  type ProcessPoolOptions,
  type ThreadPoolOptions,
  TRANSPORTS,
  type TransportName,
} from '../pool/options.ts';
import type { Task } from '../task/task.ts';
import type { LateStartOptions } from './life/late-starts.ts';

/** Options of `new TaskSupervisor()`. */
export interface SupervisorOptions {
  /**
   * The name of the supervisor in `getInfo()` and in the ids of its tasks. @defaultValue eight random letters and
   * digits
   */
  id?: string | undefined;
  /** Sizes and options of the thread pool. @defaultValue those of the pool */
  threadPool?: ThreadPoolOptions | undefined;
  /** Sizes and options of the process pool. @defaultValue those of the pool */
  processPool?: ProcessPoolOptions | undefined;
  /** Limits of the async tasks. @defaultValue those of the pool */
  asyncPool?: AsyncPoolOptions | undefined;
  /** How long a cancelled task may go on before its thread is ended. @defaultValue `'1s'` */
  cancelGrace?: Duration | undefined;
  /**
   * How long a task may wait for its start before `timeoutWarningFunc` is called and the event `timeoutWarning` is
   * emitted. @defaultValue `'5s'`
   */
  timeoutWarning?: Duration | undefined;
  /**
   * Called once with a task that has waited longer than `timeoutWarning`, while the task still waits. @defaultValue
   * none
   */
  timeoutWarningFunc?: ((task: Task) => unknown) | undefined;
  /**
   * The same as `timeoutWarning` for a longer wait: `timeoutCriticalFunc` is called and the event `timeoutCritical` is
   * emitted. @defaultValue `'10s'`
   */
  timeoutCritical?: Duration | undefined;
  /**
   * Called once with a task that has waited longer than `timeoutCritical`, while the task still waits. @defaultValue
   * none
   */
  timeoutCriticalFunc?: ((task: Task) => unknown) | undefined;
  /**
   * How tasks get to threads. `'shared'`: threads take tasks from memory that all of them see, which is faster.
   * `'message'`: each task is sent to one thread; this is the only way in Bun, in Deno, and where `Atomics.waitAsync`
   * is missing. @defaultValue the environment variable `ATASKER_TRANSPORT`, else `'shared'` where that works
   */
  transport?: TransportName | undefined;
  /**
   * The clock that times the tasks; a test gives a `ManualClock` (docs/testing.md). @defaultValue the clock of the
   * machine
   */
  clock?: Clock | undefined;
  /** Runs the tasks in other programs: makes what takes them there (docs/remote.md). @defaultValue none */
  remote?: Remote | undefined;
}

/** The options of the supervisor itself (not of its pools), checked and with defaults. */
export interface SupervisorSettings extends LateStartOptions {
  readonly id: string;
  readonly cancelGraceMs: number;
  readonly transport: TransportName;
  readonly clock: Clock;
  readonly remote: Remote | null;
}

/**
 * One row per option, as in `TASK_OPTIONS`: the field of the settings, the default, and the check. The type and the
 * sentence for the docs are at the declaration above.
 */
export const SUPERVISOR_OPTIONS = {
  id: { field: 'id', default: '', check: checkString }, // randomId() replaces the empty string
  threadPool: { field: null }, // pool/options.ts has the options of the pools
  processPool: { field: null },
  asyncPool: { field: null },
  cancelGrace: { field: 'cancelGraceMs', default: 1_000, check: checkDuration },
  timeoutWarning: { field: 'timeoutWarning', default: '5s', check: checkedDuration },
  timeoutWarningFunc: { field: 'timeoutWarningFunc', default: null, check: checkFunc },
  timeoutCritical: { field: 'timeoutCritical', default: '10s', check: checkedDuration },
  timeoutCriticalFunc: { field: 'timeoutCriticalFunc', default: null, check: checkFunc },
  transport: { field: 'transport', default: 'shared', check: oneOf(TRANSPORTS) }, // or ATASKER_TRANSPORT
  clock: { field: 'clock', default: systemClock, check: checkClock },
  remote: { field: 'remote', default: null, check: checkRemote },
} as const satisfies OptionTable<SupervisorOptions, SupervisorSettings>;

const KEYS = Object.keys(SUPERVISOR_OPTIONS);
const DEFAULTS: SupervisorSettings = defaultsOf(SUPERVISOR_OPTIONS);
const resolve = resolverOf<SupervisorSettings>(SUPERVISOR_OPTIONS);

export function supervisorSettings(options: SupervisorOptions): SupervisorSettings {
  checkKeys('supervisor options', options, KEYS);
  const settings = resolve(DEFAULTS, options);
  if (options.id === undefined) settings.id = randomId();
  if (options.transport === undefined) settings.transport = usualTransport();
  if (!canShare()) settings.transport = 'message';
  return settings;
}

function usualTransport(): TransportName {
  const named = process.env['ATASKER_TRANSPORT'];
  return named === undefined ? DEFAULTS.transport : checkOneOf('ATASKER_TRANSPORT', named, TRANSPORTS);
}

/** Whether the transport `shared` works: Bun and Deno lack a way to tell whether a thread may sleep. */
function canShare(): boolean {
  const isNode = !('bun' in process.versions) && !('deno' in process.versions);
  return isNode && typeof Atomics.waitAsync === 'function';
}

function checkedDuration(name: string, value: Duration): Duration {
  checkDuration(name, value);
  return value;
}

function checkFunc<F extends (task: Task) => unknown>(name: string, value: F | null): F | null {
  return value === null ? null : checkFunction(name, value);
}

function checkRemote(name: string, value: Remote | null): Remote | null {
  return value === null ? null : checkFunction(name, value);
}

function checkClock(name: string, value: Clock): Clock {
  const methods = ['now', 'date', 'after'] as const;
  if (arrayEvery(methods, (method) => typeof value?.[method] === 'function')) return value;
  throw invalidOption('type', `${name} must have the functions now, date and after, got ${show(value)}`);
}

/** A random id: without it, tasks of several programs would have the same ids. */
function randomId(): string {
  return stringPadEnd(stringSlice(numberToString(Math.random(), 36), 2, 10), 8, '0');
}

/** Options of `stop()` of a supervisor. */
export interface StopOptions {
  /**
   * How long to wait for queued and running tasks; the rest is then cancelled. `true`: without a limit. @defaultValue
   * `true`
   */
  wait?: boolean | Duration | undefined;
  /** Cancel all tasks at once. @defaultValue `false` */
  cancelTasks?: boolean | undefined;
  /**
   * Whether to stop the schedulers that `registerScheduler` got, too; otherwise they go on and stay registered.
   * @defaultValue `true`
   */
  stopSchedulers?: boolean | undefined;
}

export interface StopSettings {
  /** Infinity: wait without a limit. */
  readonly waitMs: number;
  readonly cancelTasks: boolean;
  readonly stopSchedulers: boolean;
}

export function stopSettings(options: StopOptions): StopSettings {
  checkKeys('stop options', options, ['wait', 'cancelTasks', 'stopSchedulers']);
  const { wait = true, cancelTasks = false, stopSchedulers = true } = options;
  const waitMs = typeof wait === 'boolean' ? (wait ? Infinity : 0) : checkDuration('wait', wait);
  checkBoolean('cancelTasks', cancelTasks);
  return { waitMs, cancelTasks, stopSchedulers: checkBoolean('stopSchedulers', stopSchedulers) };
}
