import { checkDuration, checkOneOf, checkPause, type Duration } from '../../common/check.ts';
import type { Clock } from '../../common/clock.ts';
import { checkCron, checkTimezone, CronTicks, loadCron, type CronTimes } from '../../common/cron.ts';
import { invalidOption } from '../../common/errors.ts';
import { LATE, LateTicks, type Late } from '../../core/late-ticks.ts';
import { IntervalTicks } from '../../core/ticks.ts';
import { arrayFilter, arraySome, promiseThen } from '../../platform/methods.ts';
import { PlainRhythm } from './rhythm.ts';
import type { WorkerOptions } from './worker-options.ts';
import { AbstractWorker } from './worker.ts';

/** Options of an interval worker. `interval`, `delay`, `delayBefore` or `cron` determines when the worker executes. */
export interface IntervalWorkerOptions extends WorkerOptions {
  /**
   * The time from start to start, without drift; `late` says what happens to late ticks. @defaultValue none
   */
  interval?: Duration | undefined;
  /** The time from the end of an execution to the start of the next. @defaultValue none */
  delay?: Duration | undefined;
  /**
   * The pause before each execution; with `interval`, only before the first one. Used alone, with `interval` or with
   * `delay`. @defaultValue none
   */
  delayBefore?: Duration | undefined;
  /** A cron expression of 5 or 6 fields (seconds first), or a nickname such as `@daily`. @defaultValue none */
  cron?: string | undefined;
  /** The time zone of `cron`, such as `'Europe/Prague'`. @defaultValue the time zone of the machine */
  timezone?: string | undefined;
  /**
   * What happens to a tick of `interval` or `cron` at which nothing could begin: because an execution still ran, or a
   * pause after a failure, or because the program was busy, or the machine asleep, until the next tick or for more than
   * a second. `'skip'` drops it. `'now'` executes once for all late ticks, as soon as that is possible. `'next'` moves
   * it to the next tick, which has one execution for both, or executes as soon as possible if there is no next tick.
   * @defaultValue `'skip'` for ticks during an execution or a pause, else `'now'`
   */
  late?: Late | undefined;
}

const TIMINGS = ['interval', 'delay', 'cron'] as const;

const KEYS = ['interval', 'delay', 'delayBefore', 'cron', 'timezone', 'late'];

/** Due at certain times. */
class IntervalRhythm extends PlainRhythm<IntervalWorkerOptions> {
  readonly kind = 'interval';
  override readonly keys = KEYS;
  override readonly startKeys = KEYS;
  #isTriggered = false;
  #delayBeforeMs = 0;
  /** The time in ms from the end of an execution to the next one: `delay` plus `delayBefore`. */
  #pauseMs = 0;
  #intervalMs = 0;
  #cronTimes: CronTimes | null = null;
  #clock: Clock | null = null;
  #ticks: LateTicks | null = null;
  #late: Late | null = null;
  #nextAt = 0;

  constructor() {
    super();
  }

  override get skipped(): number {
    return this.#ticks?.skipped ?? 0;
  }

  override check({ interval, delay, delayBefore, cron, timezone, late }: IntervalWorkerOptions): void {
    const given = arrayFilter([interval, delay, cron], (value) => value !== undefined);
    const isPlain = delayBefore === undefined;
    if (given.length > 1 || (given.length === 0 && isPlain) || (cron !== undefined && !isPlain)) {
      throw invalidOption(
        'type',
        'one of interval, delay, delayBefore and cron is needed; only delayBefore can be combined, with interval or delay',
      );
    }
    if (interval !== undefined) checkPause('interval', interval, 1);
    if (delay !== undefined) checkPause('delay', delay, 0);
    if (delayBefore !== undefined) checkPause('delayBefore', delayBefore, 0);
    if (cron !== undefined) checkCron(cron);
    if (late !== undefined) checkOneOf('late', late, LATE);
    if (late !== undefined && interval === undefined && cron === undefined) {
      throw invalidOption('type', 'late can only be used with interval or cron');
    }
    if (timezone === undefined) return;
    if (cron === undefined) throw invalidOption('type', 'timezone can only be used with cron');
    checkTimezone(timezone);
  }

  override prepare(options: IntervalWorkerOptions, clock: Clock): Promise<void> | void {
    const { interval, delay = 0, delayBefore = 0, cron, timezone, late = null } = options;
    this.#ticks = null;
    this.#late = late;
    this.#isTriggered = false;
    this.#clock = clock;
    this.#cronTimes = null;
    this.#delayBeforeMs = checkDuration('delayBefore', delayBefore);
    this.#pauseMs = checkDuration('delay', delay) + this.#delayBeforeMs;
    this.#intervalMs = interval === undefined ? 0 : checkDuration('interval', interval);
    if (cron === undefined) return;
    return promiseThen(loadCron(checkCron(cron), timezone, clock), (times) => void (this.#cronTimes = times));
  }

  override begin(now: number, changed: () => void): void {
    super.begin(now, changed);
    this.#nextAt = now + this.#delayBeforeMs;
    if (this.#cronTimes !== null) this.#ticks = new LateTicks(new CronTicks(this.#cronTimes, this.#clock!), this.#late);
    else if (this.#intervalMs > 0)
      this.#ticks = new LateTicks(new IntervalTicks(this.#nextAt, this.#intervalMs), this.#late);
  }

  dueAt(now: number): number {
    if (this.#isTriggered) return -Infinity;
    return this.#ticks === null ? this.#nextAt : this.#ticks.dueAt(now);
  }

  override wakeAt(now: number): number {
    return this.#ticks === null ? this.#nextAt : this.#ticks.wakeAt(now);
  }

  override take(now: number): readonly unknown[] {
    if (this.#isTriggered) this.#isTriggered = false;
    else if (this.#ticks !== null) this.#ticks.take(now);
    return [];
  }

  override ended(notBefore: number): void {
    const now = this.#clock!.now();
    this.#ticks?.ended(now, notBefore);
    this.#nextAt = now + this.#pauseMs;
  }

  /** Ticks that were due during the pause are skipped without being counted, because they were not late. */
  override resumed(now: number): void {
    this.#ticks?.passOver(now);
  }

  trigger(): void {
    this.#isTriggered = true;
    this.changed();
  }
}

/**
 * Executes in intervals (atasker: `BackgroundIntervalWorker`): at once at its start, and never two executions at a
 * time.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const report = backgroundWorker(() => console.log(process.memoryUsage().rss), { interval: '10s' });
 * report.start();
 */
export class BackgroundIntervalWorker<A extends unknown[] = unknown[]> extends AbstractWorker<
  IntervalWorkerOptions,
  A
> {
  readonly #rhythm: IntervalRhythm;

  constructor(options: IntervalWorkerOptions) {
    const rhythm = new IntervalRhythm();
    super(options, rhythm);
    this.#rhythm = rhythm;
  }

  /**
   * Executes now, regardless of the interval. While an execution runs, a trigger does nothing.
   *
   * @returns whether an execution follows; false also if the worker is not active.
   */
  trigger(): boolean {
    if (!this.isActive() || this.isBusy) return false;
    this.#rhythm.trigger();
    return true;
  }

  /** A new timing of a start replaces the timing of the worker. */
  protected override merge(base: IntervalWorkerOptions, options: IntervalWorkerOptions): IntervalWorkerOptions {
    const isOther = arraySome(TIMINGS, (name) => options[name] !== undefined);
    const { interval, delay, cron, timezone, ...rest } = base;
    return super.merge(isOther ? rest : base, options);
  }
}
