import { closest, distance } from 'fastest-levenshtein';
import {
  arrayFind,
  arrayIncludes,
  arrayJoin,
  arrayMap,
  arrayPush,
  dateGetTime,
  each,
  numberToPrecision,
  pattern,
  stringSlice,
} from '../platform/methods.ts';
import { process } from '../platform/node.ts';
import { Array, Number, Object } from '../platform/primordials.ts';
import { invalidOption } from './errors.ts';
import { inspect } from './node-util.ts';

/** A duration: whole milliseconds, or a number with a unit, such as `'1.5s'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const DURATION = pattern(/^\d+(\.\d+)?(ms|s|m|h|d)$/);

/** The milliseconds of each unit except `ms`. */
const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3 };

function parseDuration(text: string): number {
  if (stringSlice(text, -2) === 'ms') return Number(stringSlice(text, 0, -2));
  return Number(stringSlice(text, 0, -1)) * UNITS[stringSlice(text, -1)]!;
}

/** The value in one line, for a message. */
export function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60 });
}

/** Checks a duration and returns its milliseconds. */
export function checkDuration(name: string, value: unknown): number {
  if (typeof value === 'string' && DURATION.test(value)) return parseDuration(value);
  const allowed = "must be whole milliseconds of 0 or more, or a string like '100ms', '3s', '5m', '2h', '1d'";
  if (typeof value !== 'number') {
    throw invalidOption(typeof value === 'string' ? 'range' : 'type', `${name} ${allowed}, got ${show(value)}`);
  }
  if (value > 0 && value < Infinity && !Number.isInteger(value)) {
    throw invalidOption('range', `${name} ${value}: numbers are milliseconds; write '${inMilliseconds(value)}ms'`);
  }
  if (!Number.isInteger(value) || value < 0) throw invalidOption('range', `${name} ${allowed}, got ${value}`);
  return value;
}

/** Whether the warning that plain numbers are milliseconds has been given already. */
let hasWarned = false;

/** Checks an interval of at least `least` ms and returns its milliseconds. */
export function checkPause(name: string, value: Duration, least: number): number {
  const pauseMs = checkLimit(name, value);
  if (pauseMs < least) throw invalidOption('range', `${name} must be ${least} ms or more, got ${value}`);
  return pauseMs;
}

/**
 * Checks an interval or a time limit and returns its milliseconds. atasker for Python counts in seconds, so a plain
 * number below 10 is probably a mistake: the first one causes a warning.
 */
export function checkLimit(name: string, value: unknown): number {
  const limitMs = checkDuration(name, value);
  if (typeof value === 'number' && value > 0 && value < 10 && !hasWarned) {
    hasWarned = true;
    process.emitWarning(`${name}: ${value} is ${value} milliseconds; write '${value}s' or '${value}ms'`, 'TaskWarning');
  }
  return limitMs;
}

/** The milliseconds that a fraction probably meant, if its author counted in seconds. */
function inMilliseconds(seconds: number): number {
  return Number(numberToPrecision(seconds * 1000, 12));
}

/** Checks an integer of at least `least`; Infinity is allowed if `infinity` is true. */
export function checkInteger(name: string, value: unknown, least: number, infinity = false): number {
  const allowed = `must be an integer of ${least} or more${infinity ? ', or Infinity' : ''}`;
  if (typeof value !== 'number') throw invalidOption('type', `${name} ${allowed}, got ${show(value)}`);
  if (infinity && value === Infinity) return value;
  if (!Number.isInteger(value) || value < least) throw invalidOption('range', `${name} ${allowed}, got ${value}`);
  return value;
}

/** A date in epoch milliseconds. */
export function checkDate(name: string, date: Date): number {
  const time = dateGetTime(date);
  if (Number.isNaN(time)) throw invalidOption('range', `${name} is an invalid Date`);
  return time;
}

/** Checks that the value is one of the words. */
export function checkOneOf<T extends string>(name: string, value: unknown, words: readonly T[]): T {
  const found = arrayFind(words, (word) => word === value);
  if (found !== undefined) return found;
  const allowed = arrayJoin(
    arrayMap(words, (word) => `'${word}'`),
    ', ',
  );
  const kind = typeof value === 'string' ? 'range' : 'type';
  throw invalidOption(kind, `${name} must be one of ${allowed}, got ${show(value)}`);
}

/** Makes a check for one of the words. */
export function oneOf<T extends string>(words: readonly T[]): (name: string, value: unknown) => T {
  return (name, value) => checkOneOf(name, value, words);
}

/** Checks an array. @throws TypeError `ERR_INVALID_OPTION` */
export function checkArray(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidOption('type', `${name} must be an array, got ${show(value)}`);
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidOption('type', `${name} must be true or false, got ${show(value)}`);
  return value;
}

export function checkString(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidOption('type', `${name} must be a string that is not empty, got ${show(value)}`);
}

// oxlint-disable-next-line typescript/no-explicit-any -- any function is one, whatever it takes
export type AnyFn = (...args: any[]) => any;

export function checkFunction<F extends AnyFn>(name: string, value: F): F {
  if (typeof value !== 'function') throw invalidOption('type', `${name} must be a function, got ${show(value)}`);
  return value;
}

/** Checks an AbortSignal. Any object that behaves like an AbortSignal will do, whatever its class. */
export function checkSignal(name: string, value: unknown): AbortSignal {
  const signal = value as AbortSignal | null | undefined; // may come from a browser emulation
  const canListen = typeof signal?.addEventListener === 'function' && typeof signal.removeEventListener === 'function';
  if (canListen && typeof signal.aborted === 'boolean') return signal;
  throw invalidOption('type', `${name} must be an AbortSignal, got ${show(value)}`);
}

/** Names that users write for options with other names here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  type: 'tt',
  pool: 'tt',
  executor: 'tt',
  runIn: 'tt',
  every: 'interval',
  at: 'timer',
  date: 'timer',
  misfire: 'late',
  protect: 'noOverlap',
  size: 'poolSize',
  maxThreads: 'poolSize',
  minThreads: 'minSize',
  maxWorkers: 'poolSize',
  minWorkers: 'minSize',
  mpPool: 'processPool',
};

/** Checks that options are an object with known keys only. */
export function checkKeys<T extends object>(name: string, options: T, known: readonly string[]): T {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('type', `${name} must be an object, got ${show(options)}`);
  }
  for (const key of each(Object.keys(options))) {
    if (!arrayIncludes(known, key)) throw invalidOption('type', unknownOption(name, key, known));
  }
  return options;
}

/** The options without those that are undefined. */
export function givenOptions<T extends object>(options: T): Partial<T> {
  const given: Partial<T> = {};
  for (const key of each(Object.keys(options) as (keyof T)[]))
    if (options[key] !== undefined) given[key] = options[key];
  return given;
}

function unknownOption(name: string, key: string, known: readonly string[]): string {
  const other = OTHER_NAMES[key];
  const near = closest(key, known);
  const meant = other !== undefined && arrayIncludes(known, other) ? other : distance(key, near) <= 3 ? near : null;
  const hint = meant === null ? `known are ${arrayJoin(known, ', ')}` : `did you mean ${meant}?`;
  return `${name} has no option ${key}; ${hint}`;
}

/** A row of an option table whose value becomes a setting. */
interface SettingRow<S, F extends keyof S> {
  /** The name of the setting that gets the checked value. */
  readonly field: F;
  readonly default: S[F];
  /** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong value. */
  readonly check: (name: string, value: never, options: never) => S[F];
}

/**
 * One row per option of `O`; `Extra` is what each row contains besides. An option whose field is null is not a setting
 * of `S`: other code checks and reads it.
 */
export type OptionTable<O, S, Extra = unknown> = {
  readonly [Name in keyof O]-?: Extra &
    ({ readonly [F in keyof S]: SettingRow<S, F> }[keyof S] | { readonly field: null });
};

type Settings = Readonly<Record<string, unknown>>;
type Row = { readonly field: null } | SettingRow<Settings, string>;

/**
 * The default of each setting. Assign the result to the type of the settings: that compiles only if each setting has a
 * row.
 */
export function defaultsOf<T extends Readonly<Record<string, Row>>>(
  table: T,
): { [Name in keyof T as NonNullable<T[Name]['field']>]: T[Name] extends { default: infer D } ? D : never } {
  const defaults: Record<string, unknown> = {};
  for (const name of each(Object.keys(table))) {
    const row = table[name]!;
    if (row.field !== null) defaults[row.field] = row.default;
  }
  return defaults as never;
}

/**
 * Makes a function that applies options to settings. An option that is undefined changes nothing; the other options are
 * checked in the order of the table.
 */
export function resolverOf<S extends object>(
  table: OptionTable<object, S>,
): (settings: S, options: object) => { -readonly [F in keyof S]: S[F] } {
  const rows: (SettingRow<Settings, string> & { readonly name: string })[] = [];
  for (const name of each(Object.keys(table))) {
    const row = (table as Readonly<Record<string, Row>>)[name]!;
    if (row.field !== null) arrayPush(rows, { name, field: row.field, default: row.default, check: row.check });
  }
  return (settings, options) => {
    const changed = { ...settings } as Record<string, unknown>;
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at]!;
      const value = (options as Settings)[row.name];
      if (value !== undefined) changed[row.field] = row.check(row.name, value as never, options as never);
    }
    return changed as never;
  };
}
