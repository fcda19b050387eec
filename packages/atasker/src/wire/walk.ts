import { types } from '../common/node-util.ts';
import {
  arrayForEach,
  arrayPop,
  arrayPush,
  forEachItem,
  isInstance,
  mapClear,
  mapForEach,
  objectToString,
  pattern,
  setAdd,
  setClear,
  setForEach,
} from '../platform/methods.ts';
import { Buffer } from '../platform/node.ts';
import { Array, ArrayBuffer, Error, JSON, mapSet, Object, Set, String } from '../platform/primordials.ts';

/**
 * The kind of an object. `bare` has no prototype, `buffer` is a Buffer of Node.js, `bytes` are other buffers and views,
 * `single` are dates and boxed primitives. `instance` is all the rest: an object of a class of the user or of the
 * platform.
 */
export type Kind =
  | 'function'
  | 'symbol'
  | 'proxy'
  | 'plain'
  | 'bare'
  | 'array'
  | 'map'
  | 'set'
  | 'regexp'
  | 'buffer'
  | 'bytes'
  | 'error'
  | 'single'
  | 'instance';

/** An object that was reached on the way through a value, and how. A function or a symbol counts as an object. */
export interface Step {
  readonly value: object;
  readonly kind: Kind;
  readonly from: Step | null;
  readonly key: string | number;
  /** 0 for the whole value. */
  readonly depth: number;
}

/** Whether an object is a buffer, or a view of one. */
export function isBytes(kind: Kind): boolean {
  return kind === 'bytes' || kind === 'buffer';
}

/** Whether the walk goes into an object of this kind. An error is taken as a whole; bytes hold no objects. */
export function goesInto(kind: Kind): boolean {
  return kind !== 'error' && !isBytes(kind);
}

type Add = (value: unknown, from: Step | null, key: string | number) => void;

/**
 * Visits every object in a value once, in the order in which the engine meets them, so that each object is as deep as
 * it is for the engine. `visit` says whether to go into the object. If `visit` says the same for a clone, the clone is
 * visited in the same order. The walk uses no recursion, because values may be deep.
 */
export function walk(root: unknown, visit: (step: Step) => boolean): void {
  const seen = new Set<unknown>();
  const steps: Step[] = [];
  const add: Add = (value, from, key) => {
    if (isPrimitive(value) || seen.has(value)) return;
    const depth = from === null ? 0 : from.depth + 1;
    arrayPush(steps, { value: value as object, kind: kindOf(value), from, key, depth });
  };
  add(root, null, '');
  for (let step = arrayPop(steps); step !== undefined; step = arrayPop(steps)) {
    if (seen.has(step.value)) continue;
    seen.add(step.value);
    if (!visit(step)) continue;
    const first = steps.length;
    addParts(step, add);
    reverseFrom(steps, first);
  }
}

/** Reverses the steps from `start` on: the walk takes the last step first, and the first part has to come first. */
function reverseFrom(steps: Step[], start: number): void {
  for (let first = start, last = steps.length - 1; first < last; first += 1, last -= 1) {
    const step = steps[first]!;
    steps[first] = steps[last]!;
    steps[last] = step;
  }
}

export function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

/**
 * The kind of a value that is not a primitive. The frequent kinds come first and are recognized by their prototype,
 * because each later check costs as much as these do.
 */
export function kindOf(value: unknown): Kind {
  if (typeof value === 'function') return 'function';
  if (typeof value === 'symbol') return 'symbol';
  if (types.isProxy(value)) return 'proxy';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return 'plain';
  if (Array.isArray(value)) return 'array';
  if (prototype === null) return 'bare';
  if (ArrayBuffer.isView(value)) return Buffer.isBuffer(value) ? 'buffer' : 'bytes';
  if (types.isMap(value)) return 'map';
  if (types.isSet(value)) return 'set';
  if (types.isRegExp(value)) return 'regexp';
  if (types.isDate(value) || types.isBoxedPrimitive(value)) return 'single';
  if (types.isAnyArrayBuffer(value)) return 'bytes';
  return isError(value) ? 'error' : 'instance';
}

/** Whether a value is an error, also if it is of another realm, or of a class made without class syntax. */
export function isError(value: unknown): value is Error {
  try {
    return isInstance(Error, value) || objectToString(value) === '[object Error]';
  } catch {
    return false; // a Proxy whose traps throw
  }
}

function addParts(step: Step, add: Add): void {
  const { value, kind } = step;
  if (kind === 'map') {
    mapForEach(value as Map<unknown, unknown>, (item, key) => {
      const name = isPrimitive(key) ? String(key) : 'object';
      add(key, step, `key ${name}`);
      add(item, step, name);
    });
  } else if (kind === 'set') {
    setForEach(value as Set<unknown>, (item) => add(item, step, 'member'));
  } else if (kind === 'array' && isLong(value as unknown[])) {
    forEachItem(value as unknown[], (item, index) => add(item, step, index));
  } else {
    const keys = Object.keys(value);
    for (let at = 0; at < keys.length; at += 1) add((value as Record<string, unknown>)[keys[at]!], step, keys[at]!);
  }
}

/** Replaces parts of an object that has been visited. */
export function replaceParts({ value, kind }: Step, others: Map<unknown, unknown>): void {
  const other = (part: unknown): unknown => (others.has(part) ? others.get(part) : part);
  if (kind === 'map') refillMap(value as Map<unknown, unknown>, other);
  else if (kind === 'set') refillSet(value as Set<unknown>, other);
  else {
    const object = value as Record<string, unknown>;
    arrayForEach(Object.keys(object), (key) => {
      if (others.has(object[key])) object[key] = others.get(object[key]);
    });
  }
}

function refillMap(map: Map<unknown, unknown>, other: (part: unknown) => unknown): void {
  const entries: { readonly key: unknown; readonly item: unknown }[] = [];
  mapForEach(map, (item, key) => arrayPush(entries, { key: other(key), item: other(item) }));
  mapClear(map);
  arrayForEach(entries, ({ key, item }) => mapSet(map, key, item));
}

function refillSet(set: Set<unknown>, other: (part: unknown) => unknown): void {
  const members: unknown[] = [];
  setForEach(set, (item) => arrayPush(members, other(item)));
  setClear(set);
  arrayForEach(members, (item) => setAdd(set, item));
}

const LONG_ARRAY = 1_000;
const LONGEST_DENSE_ARRAY = 2 ** 25;

/**
 * Whether naming every key of an array would cost more than cloning the array: then only its items are looked at. An
 * array that is longer still consists mostly of gaps, and has few keys.
 */
function isLong({ length }: readonly unknown[]): boolean {
  return length > LONG_ARRAY && length <= LONGEST_DENSE_ARRAY;
}

/** The path of an object on the walk, or of a property of it: `result.items[3]`. */
export function pathTo(step: Step, root: string, property?: string | symbol): string {
  let path = property === undefined ? '' : nameOf(property, step);
  for (let at = step; at.from !== null; at = at.from) path = nameOf(at.key, at.from) + path;
  return root + path;
}

const DIGITS = pattern(/^\d+$/);
const NAME = pattern(/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u);

function nameOf(key: string | number | symbol, { kind }: Step): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  if (kind === 'array' && DIGITS.test(String(key))) return `[${key}]`;
  const isName = NAME.test(String(key));
  return isName ? `.${key}` : `[${JSON.stringify(key)}]`;
}
