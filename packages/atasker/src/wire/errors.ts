import {
  aboutTask,
  CanceledError,
  CloneError,
  invalidOption,
  LostError,
  NonErrorThrown,
  TaskError,
  TimeoutError,
  type TaskErrorDetails,
} from '../common/errors.ts';
import { arrayConcat, arrayMap, arrayPush, arraySome, each, isEnumerable, stringSlice } from '../platform/methods.ts';
import { DOMException, structuredClone } from '../platform/node.ts';
import {
  AggregateError,
  Array,
  Error,
  EvalError,
  JSON,
  Map,
  Object,
  RangeError,
  ReferenceError,
  String,
  SyntaxError,
  TypeError,
  URIError,
  setOf,
} from '../platform/primordials.ts';
import { errorWithoutStack, withStacks } from '../platform/stacks.ts';
import { ownBytes } from './bytes.ts';
import { absent, keepable } from './keepable.ts';
import { findMarks, restoreMarked, type ErrorRecord, type Property } from './marks.ts';
import { isError } from './walk.ts';

/**
 * How deep errors may stand in each other, as causes for example. Deeper errors have no causes and no properties of
 * their own.
 */
const DEEPEST = 32;

/** How many errors of one value may show their properties: errors that refer to each other multiply on every level. */
const MOST_ERRORS = 1_000;

const LONGEST_TEXT = 64 * 1024;

/** Own properties that must never be copied. */
const SKIPPED = setOf(['stack', '__proto__', 'constructor', 'prototype']);

type ErrorClass = new (...args: never[]) => Error;

const builtIn: readonly ErrorClass[] = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  TaskError,
  CanceledError,
  TimeoutError,
  CloneError,
  LostError,
  NonErrorThrown,
];

const classes = new Map<string, ErrorClass>();
for (const type of each(builtIn)) classes.set(type.name, type);

/**
 * Lets errors of a class of yours come back from a thread as instances of that class.
 * Call it where the task is called. Its constructor is not run: the properties are put back one by one.
 *
 * @example
 * class PaymentError extends Error {}
 * registerError(PaymentError);
 */
export function registerError(type: ErrorClass): void {
  if (typeof type !== 'function' || !(type.prototype instanceof Error)) {
    throw invalidOption('type', 'registerError takes a class that extends Error');
  }
  classes.set(type.name, type);
}

/** The errors that something stands in, the nearest first, and how many more errors may show their properties. */
interface Scope {
  readonly error: Error | null;
  readonly above: Scope | null;
  readonly depth: number;
  readonly room: { errors: number };
}

const newScope = (): Scope => ({ error: null, above: null, depth: 0, room: { errors: MOST_ERRORS } });

/** The scope of what stands in an error, or in an array in an error (`error` is null then). */
const within = (error: Error | null, above: Scope): Scope => ({
  error,
  above,
  depth: above.depth + 1,
  room: above.room,
});

/** How many errors lie between something and an error that it stands in; -1 if it does not stand in that error. */
function levelsAbove(error: Error, scope: Scope): number {
  let levels = 0;
  for (let at: Scope | null = scope; at !== null; at = at.above) {
    if (at.error === error) return levels;
    if (at.error !== null) levels += 1;
  }
  return -1;
}

/** Makes data of whatever was thrown. Never throws, whatever the getters of the error do. */
export function encodeError(thrown: unknown, scope: Scope = newScope()): ErrorRecord {
  if (!isError(thrown)) return encodeError(nonError(thrown), scope);
  const isShown = scope.depth < DEEPEST && (scope.room.errors -= 1) >= 0;
  return {
    type: text(() => (Object.getPrototypeOf(thrown) as Error).constructor.name, 'Error'),
    name: text(() => thrown.name, 'Error'),
    message: text(() => thrown.message, ''),
    stack: text(() => thrown.stack, ''),
    properties: isShown ? encodeProperties(thrown, within(thrown, scope)) : [],
  };
}

/** Errors that are being restored, the outermost first. */
type Owners = readonly Error[];

/** Restores an error from its data. `where` becomes the last line of its stack. */
export function decodeError(record: ErrorRecord, where: string | null = null, owners: Owners = []): Error {
  const error = bareError(record);
  restoreError(error, record, owners);
  if (where !== null) define(error, 'stack', withPlace(record.stack, where), true);
  return error;
}

/** A stack with a last line that says where the error comes from. */
export function withPlace(stack: string, where: string): string {
  return `${stack}\n    at ${where}`;
}

/** Puts what a record holds back into an error, for example into a clone. */
export function restoreError(error: Error, record: ErrorRecord, owners: Owners = []): void {
  const all = arrayConcat(owners, [error]);
  const { type, name, message, stack, properties } = record;
  if (type !== 'DOMException') {
    Object.setPrototypeOf(error, (classes.get(type) ?? Error).prototype as object);
    define(error, 'message', message, true);
    if (text(() => error.name, '') !== name) define(error, 'name', name, true);
  }
  withStacks({ prepareStackTrace: undefined }, () => define(error, 'stack', stack, true));
  for (let at = 0; at < properties.length; at += 1) {
    const entry = properties[at]!;
    define(error, entry[0], decodeProperty(entry[1], all), entry[1].hidden);
  }
}

/** Gives whatever was thrown as an error. An error that is made here says which task threw, if that is known. */
export function toError(thrown: unknown, task?: { readonly id: string; readonly name: string }): Error {
  if (isError(thrown)) return thrown;
  const error = nonError(thrown);
  if (task !== undefined) aboutTask(error, task);
  return error;
}

function nonError(thrown: unknown): NonErrorThrown {
  const shown = text(() => (typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown)), typeof thrown);
  const details: TaskErrorDetails = { thrown };
  const error = new NonErrorThrown('ERR_TASK_NON_ERROR', `the task threw ${shown}, which is not an Error`, details);
  if (thrown === undefined) Object.defineProperty(error, 'thrown', { value: undefined, enumerable: true });
  return error;
}

function encodeProperties(error: Error, scope: Scope): [string, Property][] {
  const properties: [string, Property][] = [];
  for (const key of each(ownKeys(error))) {
    if (SKIPPED.has(key) || hasPlace(error, key)) continue;
    const property = encodeProperty(key, () => (error as unknown as Record<string, unknown>)[key], scope);
    const hidden = !isEnumerable(error, key);
    arrayPush(properties, [key, hidden ? { ...property, hidden } : property]);
  }
  return properties;
}

/**
 * Whether the record has a field of its own for a property: for a `name` that is not enumerable, and for a `message`
 * that is a text or cannot be read.
 */
function hasPlace(error: Error, key: string): boolean {
  if (key === 'name') return !isEnumerable(error, key);
  try {
    return key === 'message' && typeof error.message === 'string';
  } catch {
    return true;
  }
}

function ownKeys(error: Error): string[] {
  try {
    return Object.getOwnPropertyNames(error);
  } catch {
    return [];
  }
}

/** A property as data. A value that cannot be read, or cannot cross, is replaced by a text that says so. */
export function encodeProperty(name: string, read: () => unknown, scope: Scope = newScope()): Property {
  try {
    const value = read();
    if (isError(value)) return encodePart(value, scope);
    if (Array.isArray(value) && scope.depth < DEEPEST && arraySome(value, isError)) {
      const inArray = within(null, scope);
      return { is: 'errors', errors: arrayMap(value, (item) => encodeProperty(name, () => item, inArray)) };
    }
    if (typeof value === 'string') return { is: 'value', value: cut(value), marks: [] };
    return encodeWhole(name, value, scope) ?? encodeParts(name, value, scope);
  } catch (problem) {
    const value = absent(text(() => (problem as Error).message, 'unreadable'));
    return { is: 'value', value, marks: [] };
  }
}

/** An error in another error. It may be that other error again, or an error further out. */
function encodePart(error: Error, scope: Scope): Property {
  const levels = levelsAbove(error, scope);
  return levels < 0 ? { is: 'error', error: encodeError(error, scope) } : { is: 'above', levels };
}

/** Null if something in the value cannot cross. */
function encodeWhole(root: string, value: unknown, scope: Scope): Property | null {
  try {
    return encodeValue(root, value, scope);
  } catch {
    return null;
  }
}

/**
 * Keeps the parts that can cross: of the response of an HTTP client, for example, status and data, but not its socket.
 */
function encodeParts(root: string, value: unknown, scope: Scope): Property {
  return encodeValue(root, keepable(value, { direction: 'result', root, boundary: 'process' }), scope);
}

function encodeValue(root: string, value: unknown, scope: Scope): Property {
  /** Errors that a value leads back to come without their own properties. */
  const encode = (error: Error): ErrorRecord =>
    encodeError(error, levelsAbove(error, scope) < 0 ? scope : { ...scope, depth: DEEPEST });
  const found = findMarks(value, { direction: 'result', root, boundary: 'process' }, encode);
  const { marks, bytes } = found;
  if (bytes.length === 0) return { is: 'value', value: structuredClone(found.value), marks };
  return { is: 'value', value: ownBytes(found.value) ?? structuredClone(found.value), marks, cutsViews: true };
}

/** Restores the value of a property from its data. */
export function decodeProperty(property: Property, owners: Owners = []): unknown {
  switch (property.is) {
    case 'value':
      return restoreMarked(property, (error, record) => restoreError(error, record, owners));
    case 'error':
      return decodeError(property.error, null, owners);
    case 'above':
      return owners[owners.length - 1 - property.levels];
    case 'errors':
      return arrayMap(property.errors, (item) => decodeProperty(item, owners));
  }
}

/** An empty error, to be filled. The constructor of a user's class is not run. */
function bareError({ type, name, message }: ErrorRecord): Error {
  if (type === 'DOMException') return new DOMException(message, name);
  return errorWithoutStack(message);
}

function define(error: Error, key: string, value: unknown, hidden = false): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: !hidden });
}

function text(read: () => unknown, otherwise: string): string {
  try {
    const value = read();
    return typeof value === 'string' ? cut(value) : otherwise;
  } catch {
    return otherwise;
  }
}

function cut(long: string): string {
  return long.length <= LONGEST_TEXT ? long : `${stringSlice(long, 0, LONGEST_TEXT)}… (${long.length} characters)`;
}
