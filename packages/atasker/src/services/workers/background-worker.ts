import { checkKeys, show, type AnyFn } from '../../common/check.ts';
import { invalidOption } from '../../common/errors.ts';
import { backgroundTask, isTaskFunction } from '../../define/background-task.ts';
import { arrayConcat, arraySome } from '../../platform/methods.ts';
import { Object } from '../../platform/primordials.ts';
import type { AnyWorker } from '../service.ts';
import { BackgroundEventWorker, type EventWorkerOptions } from './event.ts';
import { BackgroundIntervalWorker, type IntervalWorkerOptions } from './interval.ts';
import { BackgroundWorker } from './loop.ts';
import type { QueueWorkerOptions } from './queue-options.ts';
import { BackgroundQueueWorker } from './queue.ts';
import { COMMON_KEYS, type WorkerOptions } from './worker-options.ts';

/** The options of any kind of worker; the options decide the kind. */
export type AnyWorkerOptions = WorkerOptions | QueueWorkerOptions | EventWorkerOptions | IntervalWorkerOptions;

// oxlint-disable-next-line typescript/no-explicit-any -- an executor may be any function, and `this` is its worker
export type Executor = (this: AnyWorker, ...args: any[]) => any;

type Rest<P extends unknown[]> = P extends [unknown?, ...infer R] ? R : never;

type Timed = { interval: unknown } | { delay: unknown } | { delayBefore: unknown } | { cron: unknown };

/** The type of the worker that a function becomes with these options. */
export type WorkerOf<F extends AnyFn, O> = O extends { queue: unknown }
  ? BackgroundQueueWorker<Parameters<F>[0], Rest<Parameters<F>>, Awaited<ReturnType<F>>>
  : O extends { event: unknown }
    ? BackgroundEventWorker<Parameters<F>>
    : O extends Timed
      ? BackgroundIntervalWorker<Parameters<F>>
      : BackgroundWorker<Parameters<F>>;

/**
 * Makes a background worker of a function (atasker: `@background_worker`). The options decide the kind: `queue` makes a
 * `BackgroundQueueWorker`, `event: true` a `BackgroundEventWorker`, `interval`, `delay`, `delayBefore` or `cron` a
 * `BackgroundIntervalWorker`, and all other options a `BackgroundWorker`. A plain function runs in this thread, a task
 * function as a task of its type; with the option `loop`, both run on that aloop.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const sync = backgroundWorker(async (url: string) => save(await fetch(url)), { interval: '1m' });
 * sync.start('https://example.com');
 * await sync.stop();
 */
export function backgroundWorker<F extends Executor>(fn: F): BackgroundWorker<Parameters<F>>;
export function backgroundWorker<F extends Executor, O extends AnyWorkerOptions>(fn: F, options: O): WorkerOf<F, O>;
export function backgroundWorker(fn: AnyFn, options: AnyWorkerOptions = {}): unknown {
  if (typeof fn !== 'function') throw invalidOption('type', `backgroundWorker takes a function, got ${show(fn)}`);
  const worker = make(options);
  const isPlainOnLoop = options.loop !== undefined && !isTaskFunction(fn);
  Object.defineProperty(worker, 'run', { value: isPlainOnLoop ? backgroundTask(fn) : fn, configurable: true });
  return worker;
}

const TIMINGS = ['interval', 'delay', 'delayBefore', 'cron'];

function make(options: AnyWorkerOptions): AnyWorker {
  const has = (key: string): boolean => (options as Readonly<Record<string, unknown>> | null)?.[key] !== undefined;
  if (has('queue')) return new BackgroundQueueWorker(options);
  if (has('event')) return new BackgroundEventWorker(options as EventWorkerOptions);
  if (arraySome(TIMINGS, has)) return new BackgroundIntervalWorker(options);
  // the options name no kind; in case that is a mistake, the message has to list the options that decide the kind
  checkKeys('backgroundWorker options', options, arrayConcat(['queue', 'event'], TIMINGS, COMMON_KEYS));
  return new BackgroundWorker(options as WorkerOptions);
}
