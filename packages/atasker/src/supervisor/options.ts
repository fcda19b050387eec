import {
  checkBoolean,
  checkDuration,
  checkFunction,
  checkKeys,
  checkOneOf,
  checkString,
  show,
  type Duration,
} from '../common/check.ts';
import { systemClock, type Clock } from '../common/clock.ts';
import { invalidOption } from '../common/errors.ts';
import { arrayEvery, numberToString, stringPadEnd, stringSlice } from '../platform/methods.ts';
import { process } from '../platform/node.ts';
import { Atomics, Math } from '../platform/primordials.ts';
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
  /** What it is called in `getInfo()` and in the ids of its tasks. @defaultValue eight random letters and digits */
  id?: string | undefined;
  /** Sizes and options of the thread pool. @defaultValue those of the pool */
  threadPool?: ThreadPoolOptions | undefined;
  /** Sizes and options of the process pool. @defaultValue those of the pool */
  processPool?: ProcessPoolOptions | undefined;
  /** Limits of the async tasks. @defaultValue those of the pool */
  asyncPool?: AsyncPoolOptions | undefined;
  /** How long a cancelled task may go on before its thread is ended. @defaultValue `'1s'` */
  cancelGrace?: Duration | undefined;
  /** After what time of waiting a late start is reported. @defaultValue `'5s'` */
  timeoutWarning?: Duration | undefined;
  /** Called while the task still waits, once. @defaultValue none */
  timeoutWarningFunc?: ((task: Task) => unknown) | undefined;
  /** The same, for something worse. @defaultValue `'10s'` */
  timeoutCritical?: Duration | undefined;
  /** Called while the task still waits, once, after `timeoutCritical`. @defaultValue none */
  timeoutCriticalFunc?: ((task: Task) => unknown) | undefined;
  /**
   * How tasks get to threads: threads take them by themselves from memory that they share, which is faster, or each
   * is sent as a message. @defaultValue what `ATASKER_TRANSPORT` of the environment says; `'shared'` where the
   * platform can; else `'message'`
   */
  transport?: TransportName | undefined;
  /** Where the time of its tasks comes from; a test gives a `ManualClock` of `atasker/testing`. @defaultValue the clock of the machine */
  clock?: Clock | undefined;
}

const KEYS: readonly (keyof SupervisorOptions)[] = [
  'id',
  'threadPool',
  'processPool',
  'asyncPool',
  'cancelGrace',
  'timeoutWarning',
  'timeoutWarningFunc',
  'timeoutCritical',
  'timeoutCriticalFunc',
  'transport',
  'clock',
];

/** The options that are not of a pool, checked and with defaults. */
export interface SupervisorSettings extends LateStartOptions {
  readonly id: string;
  readonly cancelGraceMs: number;
  readonly transport: TransportName;
  readonly clock: Clock;
}

export function supervisorSettings(options: SupervisorOptions): SupervisorSettings {
  checkKeys('supervisor options', options, KEYS);
  const { cancelGrace = '1s', timeoutWarning = '5s', timeoutCritical = '10s' } = options;
  const { id, timeoutWarningFunc, timeoutCriticalFunc, clock } = options;
  return {
    id: id === undefined ? randomId() : checkString('id', id),
    cancelGraceMs: checkDuration('cancelGrace', cancelGrace),
    transport: transportOf(options.transport),
    timeoutWarning: checkedDuration('timeoutWarning', timeoutWarning),
    timeoutCritical: checkedDuration('timeoutCritical', timeoutCritical),
    timeoutWarningFunc: checkFunc('timeoutWarningFunc', timeoutWarningFunc),
    timeoutCriticalFunc: checkFunc('timeoutCriticalFunc', timeoutCriticalFunc),
    clock: clock === undefined ? systemClock : checkClock(clock),
  };
}

/** Bun and Deno lack what tells whether a thread may sleep. */
function transportOf(wanted: TransportName | undefined): TransportName {
  const wish = process.env['ATASKER_TRANSPORT'] ?? 'shared';
  const isNode = !('bun' in process.versions) && !('deno' in process.versions);
  const canShare = isNode && typeof Atomics.waitAsync === 'function';
  const transport =
    wanted === undefined
      ? checkOneOf('ATASKER_TRANSPORT', wish as TransportName, TRANSPORTS)
      : checkOneOf('transport', wanted, TRANSPORTS);
  return canShare ? transport : 'message';
}

function checkedDuration(name: string, value: Duration): Duration {
  checkDuration(name, value);
  return value;
}

function checkFunc<F extends (task: Task) => unknown>(name: string, value: F | null | undefined): F | null {
  return value === undefined || value === null ? null : checkFunction(name, value);
}

function checkClock(value: Clock): Clock {
  const methods = ['now', 'date', 'after'] as const;
  if (arrayEvery(methods, (method) => typeof value?.[method] === 'function')) return value;
  throw invalidOption('type', `clock must have the functions now, date and after, got ${show(value)}`);
}

/** Tasks of several programs must not have the same ids. */
function randomId(): string {
  return stringPadEnd(stringSlice(numberToString(Math.random(), 36), 2, 10), 8, '0');
}

/** Options of `stop()` of a supervisor. */
export interface StopOptions {
  /** How long to wait for queued and running tasks; then the rest is cancelled. `true`: as long as it takes. @defaultValue `true` */
  wait?: boolean | Duration | undefined;
  /** Cancel all tasks at once. @defaultValue `false` */
  cancelTasks?: boolean | undefined;
  /** Whether to stop what was given to `registerScheduler` too; else it goes on, and stays registered. @defaultValue `true` */
  stopSchedulers?: boolean | undefined;
}

export interface StopSettings {
  /** Infinity: as long as it takes. */
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
