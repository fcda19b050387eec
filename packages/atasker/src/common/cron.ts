import { LOOK_AGAIN_MS, type Ticks } from '../core/ticks.ts';
import {
  arrayEvery,
  arrayForEach,
  arrayPush,
  arrayReversed,
  arraySlice,
  dateGetTime,
  each,
  pattern,
  stringSplit,
  stringTrim,
  stringWords,
} from '../platform/methods.ts';
import { Date, Intl, Math, Number } from '../platform/primordials.ts';
import { checkString, show } from './check.ts';
import type { Clock } from './clock.ts';
import { invalidOption } from './errors.ts';

/** The times of a cron expression, in epoch milliseconds. */
export interface CronTimes {
  /** The first time after `after`; Infinity if there is none. */
  next(after: number): number;
}

/** The fields of an expression, from the last one: name, least and greatest number. */
const FIELDS: readonly (readonly [name: string, least: number, greatest: number])[] = [
  ['day of the week', 0, 7],
  ['month', 1, 12],
  ['day of the month', 1, 31],
  ['hour', 0, 23],
  ['minute', 0, 59],
  ['second', 0, 59],
];

const NICKNAME = pattern(/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i);
const ITEM = pattern(/^[\d*?LW+#,/A-Za-z-]+$/);

/**
 * Checks an expression of 5 fields (minute hour day month weekday), 6 fields (with seconds first) or 7 fields (with
 * years last), or a nickname such as `@daily`. croner checks the rest; it is loaded only when it is needed.
 */
export function checkCron(value: unknown): string {
  const cron = stringTrim(checkString('cron', value));
  if (NICKNAME.test(cron)) return cron;
  const fields = stringWords(cron);
  if (fields.length < 5 || fields.length > 7 || !arrayEvery(fields, (field) => ITEM.test(field))) {
    throw invalidOption('range', `cron must be an expression such as '*/5 * * * *', got ${show(value)}`);
  }
  const ofDays = fields.length === 7 ? arraySlice(fields, 0, 6) : fields;
  arrayForEach(arrayReversed(ofDays), (field, index) => checkField(field, FIELDS[index]!, cron));
  return cron;
}

function checkField(field: string, limits: (typeof FIELDS)[number], cron: string): void {
  const name = limits[0];
  const least = limits[1];
  const greatest = limits[2];
  for (const item of each(stringSplit(field, ','))) {
    if (arrayEvery(numbersIn(item), (number) => number >= least && number <= greatest)) continue;
    throw invalidOption('range', `cron: the ${name} must be ${least} to ${greatest}, got ${show(cron)}`);
  }
}

/** The numbers of an item, except those after a slash or a hash, which are steps and positions in a month. */
function numbersIn(item: string): number[] {
  const numbers: number[] = [];
  let digits = '';
  for (let at = 0; at <= item.length; at += 1) {
    const char = item[at] ?? '/';
    if (char >= '0' && char <= '9') digits += char;
    else if (digits !== '') {
      arrayPush(numbers, Number(digits));
      digits = '';
    }
    if (char === '/' || char === '#') break;
  }
  return numbers;
}

/** Checks an IANA time zone. */
export function checkTimezone(value: unknown): string {
  const timezone = checkString('timezone', value);
  try {
    Intl.DateTimeFormat(undefined, { timeZone: timezone });
  } catch {
    throw invalidOption('range', `timezone must be a time zone such as 'Europe/Prague', got ${show(value)}`);
  }
  return timezone;
}

/**
 * @throws what croner throws for the expression; RangeError with code `ERR_INVALID_OPTION` if there is no time after
 * now.
 */
export async function loadCron(cron: string, timezone: string | undefined, clock: Clock): Promise<CronTimes> {
  const { Cron } = await import('croner');
  const times = new Cron(cron, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
  const next = (after: number): number => {
    const run = times.nextRun(new Date(after));
    return run === null ? Infinity : dateGetTime(run);
  };
  if (next(clock.date()) < Infinity) return { next };
  throw invalidOption('range', `cron must name a time in the future, but ${show(cron)} has none`);
}

/**
 * If the wall clock is set back by more than this, the old time was wrong: the hours in between do not count as done.
 */
const CORRECTION_MS = 3 * 3_600_000;

/** How far the wall clock and the monotonic clock may drift apart between two checks without a jump. */
const DRIFT_MS = 500;

/**
 * How many skipped times are looked up at once; the number of further ones is estimated from the gaps between these.
 */
const MOST_LOOKED_UP = 32;

/**
 * The times of a cron expression as ticks, which follow the wall clock. If the wall clock is set back, times that are
 * done are not repeated, unless that would skip more than one time.
 */
export class CronTicks implements Ticks {
  readonly #times: CronTimes;
  readonly #clock: Clock;
  /** The wall clock minus the monotonic clock, at the last check. */
  #offset: number;
  #next: number;

  constructor(times: CronTimes, clock: Clock) {
    this.#times = times;
    this.#clock = clock;
    const date = clock.date();
    this.#offset = date - clock.now();
    this.#next = times.next(date);
  }

  dueAt(now: number): number {
    const date = this.#clock.date();
    const putBackMs = now + this.#offset - date;
    this.#offset = date - now;
    if (putBackMs > DRIFT_MS && this.#leavesOutTooMuch(date, putBackMs)) this.#next = this.#times.next(date);
    return now + (this.#next - date);
  }

  wakeAt(now: number): number {
    return this.#next === Infinity ? Infinity : Math.min(this.dueAt(now), now + LOOK_AGAIN_MS);
  }

  take(): number {
    const passed = this.#pass(this.#clock.date() + 1);
    return Math.max(0, passed - 1);
  }

  skipTo(time: number, now: number): number {
    return this.#pass(this.#clock.date() + (time - now));
  }

  #leavesOutTooMuch(date: number, putBackMs: number): boolean {
    return putBackMs > CORRECTION_MS || this.#times.next(this.#times.next(date)) < this.#next;
  }

  /**
   * Skips the times before that moment. @returns how many times that are, estimated if there are more than
   * MOST_LOOKED_UP
   */
  #pass(moment: number): number {
    const first = this.#next;
    let passed = 0;
    for (; this.#next < moment && passed < MOST_LOOKED_UP; passed += 1) this.#next = this.#times.next(this.#next);
    if (this.#next >= moment) return passed;
    const gapMs = (this.#next - first) / passed;
    passed += Math.ceil((moment - this.#next) / gapMs);
    this.#next = this.#times.next(moment - 1);
    return passed;
  }
}
