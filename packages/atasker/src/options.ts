import { closest, distance } from 'fastest-levenshtein';
import ms from 'ms';
import { inspect } from './node-util.ts';
import { invalidOption } from './errors.ts';

/** A duration: whole milliseconds, or a number with a unit, such as `'1.5s'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const DURATION = /^\d+(\.\d+)?(ms|s|m|h|d)$/;

/** One line of the value, for a message. */
export function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60 });
}

/** Milliseconds of a duration. */
export function checkDuration(name: string, value: unknown): number {
  if (typeof value === 'string' && DURATION.test(value)) return ms(value as ms.StringValue);
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

/** Whether somebody has been told already that a number is milliseconds. */
let hasWarned = false;

/**
 * Milliseconds of an interval, `least` or more. atasker counts in seconds, so a plain number below 10 is hardly
 * ever meant as it stands: that is a warning, once.
 */
export function checkPause(name: string, value: Duration, least: number): number {
  const pauseMs = checkDuration(name, value);
  if (pauseMs < least) throw invalidOption('range', `${name} must be ${least} ms or more, got ${value}`);
  if (typeof value === 'number' && value > 0 && value < 10 && !hasWarned) {
    hasWarned = true;
    process.emitWarning(`${name}: ${value} is ${value} milliseconds; write '${value}s' or '${value}ms'`, 'TaskWarning');
  }
  return pauseMs;
}

/** What somebody who counts in seconds meant by a fraction. */
function inMilliseconds(seconds: number): number {
  return Number((seconds * 1000).toPrecision(12));
}

/** A whole number of `least` or more; Infinity too where that makes sense. */
export function checkInteger(name: string, value: unknown, least: number, infinity = false): number {
  const allowed = `must be an integer of ${least} or more${infinity ? ', or Infinity' : ''}`;
  if (typeof value !== 'number') throw invalidOption('type', `${name} ${allowed}, got ${show(value)}`);
  if (infinity && value === Infinity) return value;
  if (!Number.isInteger(value) || value < least) throw invalidOption('range', `${name} ${allowed}, got ${value}`);
  return value;
}

/** One of the words. */
export function checkOneOf<T extends string>(name: string, value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const allowed = words.map((word) => `'${word}'`).join(', ');
  const kind = typeof value === 'string' ? 'range' : 'type';
  throw invalidOption(kind, `${name} must be one of ${allowed}, got ${show(value)}`);
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

export function checkSignal(name: string, value: unknown): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw invalidOption('type', `${name} must be an AbortSignal, got ${show(value)}`);
}

/** Names that people write for an option that is called otherwise here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  type: 'tt',
  pool: 'tt',
  executor: 'tt',
  runIn: 'tt',
  size: 'poolSize',
  maxThreads: 'poolSize',
  minThreads: 'minSize',
};

/** An object with known keys only. */
export function checkKeys<T extends object>(name: string, options: T, known: readonly string[]): T {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('type', `${name} must be an object, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw invalidOption('type', unknownOption(name, key, known));
  }
  return options;
}

function unknownOption(name: string, key: string, known: readonly string[]): string {
  const other = OTHER_NAMES[key];
  const near = closest(key, known);
  const meant = other !== undefined && known.includes(other) ? other : distance(key, near) <= 3 ? near : null;
  const hint = meant === null ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
  return `${name} has no option ${key}; ${hint}`;
}
