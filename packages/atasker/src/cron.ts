import type { Clock } from './clock.ts';
import type { Ticks } from './core/ticks.ts';
import { invalidOption } from './errors.ts';
import { checkString, show } from './options.ts';

/** The times of a cron expression, in epoch milliseconds. */
export interface CronTimes {
  /** The first one after that; Infinity if there is none. */
  next(after: number): number;
}

/** The fields of an expression, from the last: the least and the greatest number, and the names of numbers. */
const FIELDS: readonly (readonly [name: string, least: number, greatest: number])[] = [
  ['day of the week', 0, 7],
  ['month', 1, 12],
  ['day of the month', 1, 31],
  ['hour', 0, 23],
  ['minute', 0, 59],
  ['second', 0, 59],
];

const NICKNAME = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;
const ITEM = /^[\d*?LW+#,/A-Za-z-]+$/;

/**
 * Checks an expression of 5 fields (minute hour day month weekday), of 6 with seconds first, of 7 with years
 * last, or a nickname such as `@daily`. croner, which is loaded only when it is needed, knows the rest.
 */
export function checkCron(value: unknown): string {
  const cron = checkString('cron', value).trim();
  if (NICKNAME.test(cron)) return cron;
  const fields = cron.split(/\s+/);
  if (fields.length < 5 || fields.length > 7 || !fields.every((field) => ITEM.test(field))) {
    throw invalidOption('range', `cron must be an expression such as '*/5 * * * *', got ${show(value)}`);
  }
  const ofDays = fields.length === 7 ? fields.slice(0, 6) : fields;
  ofDays.toReversed().forEach((field, index) => checkField(field, FIELDS[index]!, cron));
  return cron;
}

function checkField(field: string, [name, least, greatest]: (typeof FIELDS)[number], cron: string): void {
  for (const item of field.split(',')) {
    const numbers = item.replace(/[/#].*$/, '').match(/\d+/g) ?? [];
    if (numbers.every((number) => Number(number) >= least && Number(number) <= greatest)) continue;
    throw invalidOption('range', `cron: the ${name} must be ${least} to ${greatest}, got ${show(cron)}`);
  }
}

/** An IANA time zone. */
export function checkTimezone(value: unknown): string {
  const timezone = checkString('timezone', value);
  try {
    Intl.DateTimeFormat(undefined, { timeZone: timezone });
  } catch {
    throw invalidOption('range', `timezone must be a time zone such as 'Europe/Prague', got ${show(value)}`);
  }
  return timezone;
}

/** @throws whatever croner says of the expression. */
export async function loadCron(cron: string, timezone: string | undefined): Promise<CronTimes> {
  const { Cron } = await import('croner');
  const times = new Cron(cron, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
  return { next: (after) => times.nextRun(new Date(after))?.getTime() ?? Infinity };
}

/** Timers are monotonic, so a jump of the wall clock shows only when somebody looks at it. */
const LOOK_AGAIN_MS = 60_000;

/** A wall clock that is put back so far does not repeat an hour of the night: it was wrong. */
const CORRECTION_MS = 3 * 3_600_000;

const MOST_COUNTED = 1_000;

/** The times of a cron expression as ticks: they follow the wall clock. At most 1,000 left out at once are counted. */
export class CronTicks implements Ticks {
  readonly #times: CronTimes;
  readonly #clock: Clock;
  #lastLook: number;
  #next: number;

  constructor(times: CronTimes, clock: Clock) {
    this.#times = times;
    this.#clock = clock;
    this.#lastLook = clock.date();
    this.#next = times.next(this.#lastLook);
  }

  dueAt(now: number): number {
    const date = this.#clock.date();
    if (date < this.#lastLook - CORRECTION_MS) this.#next = this.#times.next(date);
    this.#lastLook = date;
    return now + (this.#next - date);
  }

  wakeAt(now: number): number {
    return this.#next === Infinity ? Infinity : Math.min(this.dueAt(now), now + LOOK_AGAIN_MS);
  }

  take(): number {
    const passed = this.#pass(this.#clock.date() + 1);
    return Math.max(0, passed - 1);
  }

  skipTo(time: number): number {
    return this.#pass(this.#clock.date() + (time - this.#clock.now()));
  }

  /** Leaves out what is due before that moment. */
  #pass(moment: number): number {
    let passed = 0;
    for (; this.#next < moment && passed < MOST_COUNTED; passed += 1) this.#next = this.#times.next(this.#next);
    if (this.#next < moment) this.#next = this.#times.next(moment - 1);
    return passed;
  }
}
