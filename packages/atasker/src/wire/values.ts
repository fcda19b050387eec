import { types } from 'node:util';
import { CloneError } from '../errors.ts';
import { encodeError, restoreError, type ErrorRecord } from './errors.ts';

/** A value as it crosses a boundary: what the engine clones, and what it would change. */
export interface WireValue {
  readonly value: unknown;
  readonly marks: readonly Mark[];
}

/**
 * An object that the clone does not bring back as it was, by its place in the walk through the value:
 * a Buffer comes out as a Uint8Array, an error without name, code and properties.
 */
export interface Mark {
  readonly at: number;
  /** The error; null for a Buffer. */
  readonly error: ErrorRecord | null;
}

/** A value that is ready to cross. */
export interface Packed extends WireValue {
  /** Buffers that belong to nobody else and may move. */
  readonly transfer: readonly ArrayBuffer[];
}

type Direction = CloneError['direction'];

/** The name of a value in messages: `arguments[0].onClick`, `result.items[3]`. */
const ROOT: Readonly<Record<Direction, string>> = { args: 'arguments', result: 'result' };

/**
 * Takes arguments as they are now: a later change by the caller does not reach the task.
 *
 * @throws CloneError if one of them cannot leave the thread.
 */
export function takeArgs(args: readonly unknown[]): Packed {
  if (args.every(isPrimitive)) return { value: args, marks: [], transfer: [] };
  const marks = orCloneError('args', () => checkValue(args, 'args'));
  const value = orCloneError('args', () => structuredClone(args));
  return { value, marks, transfer: buffersIn(value) };
}

/**
 * Checks a result, which is cloned when it is posted.
 *
 * @throws CloneError if it cannot leave the thread.
 */
export function takeResult(value: unknown): WireValue {
  return { value, marks: isPrimitive(value) ? [] : orCloneError('result', () => checkValue(value, 'result')) };
}

/** The value on the other side: what the clone has changed is put right in place. */
export function unpack({ value, marks }: WireValue): unknown {
  if (marks.length === 0) return value;
  const rest = [...marks].toReversed();
  let at = 0;
  for (const { value: object } of everyObject(value)) {
    if (rest.at(-1)?.at === at++) restore(object, rest.pop()!);
  }
  return value;
}

function restore(object: object, { error }: Mark): void {
  if (error === null) Object.setPrototypeOf(object, Buffer.prototype as object);
  else restoreError(object as Error, error);
}

/** Runs a clone or a post; the engine's refusal becomes one of ours. */
export function orCloneError<T>(direction: Direction, clone: () => T): T {
  try {
    return clone();
  } catch (cause) {
    if (cause instanceof CloneError) throw cause;
    const path = ROOT[direction];
    const message = `${path} cannot leave the thread: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new CloneError('ERR_TASK_CLONE', message, { direction, path, cause });
  }
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

/** A value on the way through a bigger one, and how it was reached. */
interface Step {
  readonly value: object;
  readonly from: Step | null;
  readonly key: string;
}

/**
 * Finds what cannot cross, before the engine refuses it without a place or turns it into `{}`,
 * and marks what it would change.
 */
function checkValue(root: unknown, direction: Direction): readonly Mark[] {
  const marks: Mark[] = [];
  let at = 0;
  for (const step of everyObject(root)) {
    const what = refused(step.value);
    if (what !== null) throw cannotLeave(what, pathTo(step, ROOT[direction]), direction);
    if (Buffer.isBuffer(step.value)) marks.push({ at, error: null });
    else if (types.isNativeError(step.value)) marks.push({ at, error: encodeError(step.value) });
    at += 1;
  }
  return marks;
}

function cannotLeave(what: string, path: string, direction: Direction): CloneError {
  return new CloneError('ERR_TASK_CLONE', `${path} is ${what} and cannot leave the thread`, { direction, path });
}

/** Every object, function and symbol in a value, each once; no recursion, for values may be deep. */
function* everyObject(root: unknown): Generator<Step> {
  const seen = new Set<unknown>();
  const steps: Step[] = [];
  const add = (value: unknown, from: Step | null, key: string | number): void => {
    if (isPrimitive(value) || seen.has(value)) return;
    seen.add(value);
    steps.push({ value: value as object, from, key: String(key) });
  };
  add(root, null, '');
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    yield step;
    const { value } = step;
    if (isLeaf(value)) continue;
    if (Array.isArray(value)) value.forEach((item, index) => add(item, step, index));
    else addParts(value, (part, key) => add(part, step, key));
  }
}

/** What the walk does not go into: here and there it must take the same way. */
function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || types.isProxy(value)) return true;
  return types.isNativeError(value) || types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value);
}

function addParts(value: object, add: (part: unknown, key: string) => void): void {
  if (types.isMap(value)) {
    for (const [key, item] of value) {
      const name = isPrimitive(key) ? String(key) : 'object';
      add(key, `key ${name}`);
      add(item, name);
    }
  } else if (types.isSet(value)) {
    for (const item of value) add(item, 'member');
  } else {
    for (const key of Object.keys(value)) add((value as Record<string, unknown>)[key], key);
  }
}

function pathTo(step: Step, root: string): string {
  let path = '';
  for (let at = step; at.from !== null; at = at.from) path = nameOf(at.key, at.from.value) + path;
  return root + path;
}

function nameOf(key: string, parent: object): string {
  if (Array.isArray(parent)) return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Classes of the platform whose content is hidden: cloning makes `{}` of them, or throws. */
const HIDDEN = [
  'URL',
  'URLSearchParams',
  'Headers',
  'Request',
  'Response',
  'FormData',
  'AbortSignal',
  'AbortController',
  'DOMException',
];

/** What a value is, if it cannot cross; else null. */
function refused(value: unknown): string | null {
  if (types.isProxy(value)) return 'a Proxy';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (types.isPromise(value)) return 'a Promise';
  if (types.isGeneratorObject(value)) return 'a generator';
  if (types.isWeakMap(value)) return 'a WeakMap';
  if (types.isWeakSet(value)) return 'a WeakSet';
  if (value instanceof WeakRef) return 'a WeakRef';
  const hidden = HIDDEN.find((name) => isInstance(value, (globalThis as Record<string, unknown>)[name]));
  return hidden === undefined ? null : `${hidden.startsWith('A') ? 'an' : 'a'} ${hidden}`;
}

function isInstance(value: unknown, type: unknown): boolean {
  return typeof type === 'function' && value instanceof type;
}

/** The buffers of a private clone. */
function buffersIn(root: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { value } of everyObject(root)) {
    const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
    if (types.isArrayBuffer(buffer)) buffers.add(buffer);
  }
  return [...buffers];
}
