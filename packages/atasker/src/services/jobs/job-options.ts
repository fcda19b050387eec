import {
  checkBoolean,
  checkDate,
  checkFunction,
  checkInteger,
  checkKeys,
  checkLimit,
  checkOneOf,
  checkPause,
  type AnyFn,
  type Duration,
} from '../../common/check.ts';
import { checkCron, checkTimezone } from '../../common/cron.ts';
import { invalidOption } from '../../common/errors.ts';
import { types } from '../../common/node-util.ts';
import { LATE, type Late } from '../../core/late-ticks.ts';
import { isTaskFunction } from '../../define/background-task.ts';
import { argumentsOf } from '../../define/put-task.ts';

type AllButLast<P extends unknown[]> = P extends [...infer Others, unknown] ? Others : P;

/** What a job does, and when. */
export interface AsyncJobOptions<F extends AnyFn = AnyFn> {
  /** A plain function, which runs in this thread, or a task function, which runs as a task of its type. */
  target: F;
  /** The arguments of the function. @defaultValue none */
  args?: Parameters<F> | AllButLast<Parameters<F>> | undefined;
  /** Passed as the last argument of the function, as an options object (atasker: `kwargs`). @defaultValue none */
  kwargs?: object | undefined;
  /**
   * The time from the start of one run to the start of the next, without drift. Runs may overlap, unless `noOverlap` is
   * true. @defaultValue none
   */
  interval?: Duration | undefined;
  /**
   * When the first run is due: so long after the call, or at a `Date` of the wall clock; at once if the date has passed.
   * Without `interval` it is the only run. @defaultValue `0`
   */
  timer?: Duration | Date | undefined;
  /** Whether a run waits for the end of the one before; `late` says what it does. @defaultValue `false` */
  noOverlap?: boolean | undefined;
  /**
   * What happens to a run that could not begin at its time: because the one before still ran (with `noOverlap`), or
   * because the program was busy, or the machine asleep, until the next run was due or for more than a second. `'skip'`
   * drops it. `'now'` makes one run for all late ones, as soon as that is possible. `'next'` moves it to the next time,
   * which has one run for both, or makes it as soon as possible if there is no next time. @defaultValue `'skip'` for a
   * run that would overlap, else `'now'`
   */
  late?: Late | undefined;
  /**
   * Whether the program may end by itself although the job has runs to come, or a run waits for something that does not
   * keep the program alive; tasks do. @defaultValue `false`
   */
  unref?: boolean | undefined;
  /** How many times to run the function. @defaultValue no limit; `1` without `interval` and `cron` */
  number?: number | undefined;
  /**
   * How long one run may take. Then `job.signal`, or `currentTask().signal` in a task, aborts, and the run fails with
   * `ERR_TASK_TIMEOUT`. @defaultValue no limit; for a task function its own `timeout`
   */
  timeout?: Duration | undefined;
  /** A cron expression of 5 or 6 fields (seconds first), or a nickname such as `@daily`. @defaultValue none */
  cron?: string | undefined;
  /** The time zone of `cron`. @defaultValue the time zone of the machine */
  timezone?: string | undefined;
}

const KEYS: readonly (keyof AsyncJobOptions)[] = [
  'target',
  'args',
  'kwargs',
  'interval',
  'timer',
  'number',
  'timeout',
  'noOverlap',
  'late',
  'unref',
  'cron',
  'timezone',
];

/** The options, checked and with defaults. */
export interface JobSettings {
  readonly target: AnyFn;
  readonly args: readonly unknown[];
  /** The name of the function; empty if the function has no name. */
  readonly name: string;
  /** Infinity: the job runs once. */
  readonly intervalMs: number;
  /** How long to wait, or a date in epoch milliseconds. */
  readonly timer: { readonly ms: number } | { readonly date: number };
  readonly noOverlap: boolean;
  readonly late: Late | null;
  readonly unref: boolean;
  readonly number: number;
  /** Infinity: no limit. */
  readonly timeoutMs: number;
  readonly cron: string | null;
  readonly timezone: string | undefined;
}

/** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option. */
export function jobSettings<F extends AnyFn>(options: AsyncJobOptions<F>): JobSettings {
  checkKeys('createAsyncJob options', options, KEYS);
  const { target, interval, timer = 0, number = Infinity, timeout, cron, timezone } = options;
  const { noOverlap = false, late, unref = false } = options;
  const args = argumentsOf(options.args, options.kwargs);
  if (cron !== undefined && (interval !== undefined || options.timer !== undefined)) {
    throw invalidOption('type', 'cron cannot be combined with interval or timer');
  }
  if (timezone !== undefined && cron === undefined) throw invalidOption('type', 'timezone can only be used with cron');
  return {
    target: checkFunction('target', target),
    args,
    name: nameOf(target),
    intervalMs: interval === undefined ? Infinity : checkPause('interval', interval, 1),
    timer: checkTimer(timer),
    noOverlap: checkBoolean('noOverlap', noOverlap),
    late: late === undefined ? null : checkOneOf('late', late, LATE),
    unref: checkBoolean('unref', unref),
    number: checkInteger('number', number, 1, true),
    timeoutMs: timeout === undefined ? Infinity : checkLimit('timeout', timeout),
    cron: cron === undefined ? null : checkCron(cron),
    timezone: timezone === undefined ? undefined : checkTimezone(timezone),
  };
}

function checkTimer(timer: Duration | Date): JobSettings['timer'] {
  return types.isDate(timer) ? { date: checkDate('timer', timer) } : { ms: checkPause('timer', timer, 0) };
}

function nameOf(target: AnyFn): string {
  const name: unknown = isTaskFunction(target) ? target.taskName : target.name;
  return typeof name === 'string' ? name : '';
}
