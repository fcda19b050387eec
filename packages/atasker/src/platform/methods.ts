/**
 * Methods of built-ins as functions, taken once like `primordials.ts`, because a user's program may replace methods of
 * the prototypes. `for…of`, spread and destructuring of an array go through methods, too; `each`, `arraySlice`, `apply`
 * and indexes take their place. Where V8's own method is fastest, the export is that method; the rest are cheaper
 * loops.
 */
import { nextOf, steps, uncurry } from './copies.ts';
import { Promise } from './primordials.ts';

const { prototype: array } = Array;
const { prototype: string } = String;
const { prototype: promise } = Promise;
const { defineProperty } = Reflect;

// Arrays

export const arrayPop = uncurry(array.pop) as <T>(list: T[]) => T | undefined;
export const arrayShift = uncurry(array.shift) as <T>(list: T[]) => T | undefined;
export const arrayIndexOf = uncurry(array.indexOf) as <T>(list: readonly T[], item: T) => number;
export const arrayIncludes = uncurry(array.includes) as <T>(list: readonly T[], item: T) => boolean;

export function arrayPush<T>(list: T[], item: T): void {
  list[list.length] = item;
}

/** All items, or the items from `start` to before `end`; negative numbers count from the end. */
export function arraySlice<T>(list: readonly T[], start = 0, end = list.length): T[] {
  const items: T[] = [];
  const stop = end < 0 ? list.length + end : end;
  for (let at = start < 0 ? list.length + start : start; at < stop && at < list.length; at += 1) {
    if (at >= 0) items[items.length] = list[at]!;
  }
  return items;
}

/** Removes `count` items from `start` on, and returns them. */
export const arraySplice = uncurry(array.splice) as <T>(list: T[], start: number, count?: number) => T[];

export function arrayConcat<T>(...lists: readonly (readonly T[])[]): T[] {
  const items: T[] = [];
  for (let list = 0; list < lists.length; list += 1) {
    const more = lists[list]!;
    for (let at = 0; at < more.length; at += 1) items[items.length] = more[at]!;
  }
  return items;
}

export function arrayMap<T, R>(list: readonly T[], convert: (item: T, index: number) => R): R[] {
  const items: R[] = [];
  for (let at = 0; at < list.length; at += 1) items[at] = convert(list[at]!, at);
  return items;
}

export function arrayFilter<T, S extends T>(list: readonly T[], isMeant: (item: T) => item is S): S[];
export function arrayFilter<T>(list: readonly T[], isMeant: (item: T) => boolean): T[];
export function arrayFilter<T>(list: readonly T[], isMeant: (item: T) => boolean): T[] {
  const items: T[] = [];
  for (let at = 0; at < list.length; at += 1) if (isMeant(list[at]!)) items[items.length] = list[at]!;
  return items;
}

export function arrayFind<T>(list: readonly T[], isMeant: (item: T, index: number) => boolean): T | undefined {
  for (let at = 0; at < list.length; at += 1) if (isMeant(list[at]!, at)) return list[at];
  return undefined;
}

export function arrayFindIndex<T>(list: readonly T[], isMeant: (item: T, index: number) => boolean): number {
  for (let at = 0; at < list.length; at += 1) if (isMeant(list[at]!, at)) return at;
  return -1;
}

export function arraySome<T>(list: readonly T[], isMeant: (item: T) => boolean): boolean {
  for (let at = 0; at < list.length; at += 1) if (isMeant(list[at]!)) return true;
  return false;
}

export function arrayEvery<T>(list: readonly T[], isMeant: (item: T) => boolean): boolean {
  for (let at = 0; at < list.length; at += 1) if (!isMeant(list[at]!)) return false;
  return true;
}

export function arrayForEach<T>(list: readonly T[], call: (item: T, index: number) => void): void {
  for (let at = 0; at < list.length; at += 1) call(list[at]!, at);
}

export function arraySum<T>(list: readonly T[], value: (item: T) => number): number {
  let sum = 0;
  for (let at = 0; at < list.length; at += 1) sum += value(list[at]!);
  return sum;
}

/** The item at an index; negative numbers count from the end. */
export function arrayAt<T>(list: readonly T[], at: number): T | undefined {
  return list[at < 0 ? list.length + at : at];
}

export function arrayReversed<T>(list: readonly T[]): T[] {
  const items: T[] = [];
  for (let at = list.length - 1; at >= 0; at -= 1) items[items.length] = list[at]!;
  return items;
}

export const arrayJoin = uncurry(array.join) as (list: readonly unknown[], separator: string) => string;

const sort = uncurry(array.sort) as <T>(list: T[], compare: (a: T, b: T) => number) => T[];

export function arraySorted<T>(list: readonly T[], compare: (a: T, b: T) => number): T[] {
  return sort(arraySlice(list), compare);
}

/** The items of an array, for `for…of`, because the iterator of arrays may have been replaced. */
export function each<T>(list: readonly T[]): IterableIterator<T> {
  return new ArrayIterator(list);
}

class ArrayIterator<T> implements IterableIterator<T> {
  readonly #list: readonly T[];
  #at = 0;

  constructor(list: readonly T[]) {
    this.#list = list;
  }

  next(): IteratorResult<T> {
    if (this.#at >= this.#list.length) return { done: true, value: undefined };
    const value = this.#list[this.#at]!;
    this.#at += 1;
    return { done: false, value };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** The values of a generator, for `for…of` and `yield*`. Not for generators with clean-up code. */
export function generated<T>(generator: Generator<T, void>): IterableIterator<T> {
  return steps(generator, nextOfGenerator);
}

const nextOfGenerator = nextOf((function* none() {})());

/**
 * The values of an iterable as an array. Iterables of the library have safe iterators; for those of users, users are
 * responsible.
 */
export function listOf<T>(items: Iterable<T>): T[] {
  const list: T[] = [];
  for (const item of items) list[list.length] = item;
  return list;
}

/** The first value of an iterable of the library. */
export function firstOf<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}

/** Skips gaps of the array. */
export const forEachItem = uncurry(array.forEach) as (
  list: unknown[],
  call: (item: unknown, index: number) => void,
) => void;
export const mapForEach = uncurry(Map.prototype.forEach) as <K, V>(
  map: Map<K, V>,
  call: (value: V, key: K) => void,
) => void;
export const mapClear = uncurry(Map.prototype.clear) as (map: Map<unknown, unknown>) => void;
export const setClear = uncurry(Set.prototype.clear) as (set: Set<unknown>) => void;
export const setAdd = uncurry(Set.prototype.add) as (set: Set<unknown>, item: unknown) => unknown;
export const setForEach = uncurry(Set.prototype.forEach) as <T>(set: Set<T>, call: (item: T) => void) => void;

// Strings and regular expressions

export const stringSlice = uncurry(string.slice);
export const stringStartsWith = uncurry(string.startsWith) as (text: string, start: string) => boolean;
export const stringEndsWith = uncurry(string.endsWith) as (text: string, end: string) => boolean;
export const stringIncludes = uncurry(string.includes) as (text: string, part: string) => boolean;
export const stringIndexOf = uncurry(string.indexOf) as (text: string, part: string, start?: number) => number;
export const stringLastIndexOf = uncurry(string.lastIndexOf) as (text: string, part: string) => number;
export const stringTrim = uncurry(string.trim);
export const stringPadEnd = uncurry(string.padEnd);
export const stringSplit = uncurry(string.split) as (text: string, separator: string | RegExp) => string[];
export const stringReplace = uncurry(string.replace) as (
  text: string,
  part: string | RegExp,
  by: string | (() => string),
) => string;

/** The words of a text, separated by white space. */
export function stringWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at] ?? ' ';
    if (char !== ' ' && char !== '\t' && char !== '\n' && char !== '\r') word += char;
    else if (word !== '') {
      words[words.length] = word;
      word = '';
    }
  }
  return words;
}

const ON_PATTERNS = ['exec', 'test', 'flags', 'global', 'unicode', Symbol.match, Symbol.replace] as const;

/**
 * A regular expression with its methods as own properties: code that uses a regular expression looks up `exec` and
 * others on it. Do not use it to split.
 */
export function pattern(expression: RegExp): Pattern {
  for (let at = 0; at < ON_PATTERNS.length; at += 1) {
    const key = ON_PATTERNS[at]!;
    defineProperty(expression, key, { value: expression[key] });
  }
  return expression;
}

export interface Pattern extends RegExp {
  exec(text: string): RegExpExecArray | null;
  test(text: string): boolean;
}

export const bytesSet = uncurry(Uint8Array.prototype.set) as (
  target: Uint8Array,
  source: Uint8Array,
  at?: number,
) => void;

// Functions

export const apply = Reflect.apply as <F extends (...args: never[]) => unknown>(
  fn: F,
  self: unknown,
  args: readonly unknown[],
) => ReturnType<F>;
/** What `instanceof` does for a class without its own hasInstance. */
export const hasInstance = Function.prototype[Symbol.hasInstance];
/** `instanceof` for classes of errors: a program may replace the hasInstance of `Error`. */
export const isInstance = uncurry(hasInstance) as <T>(
  type: abstract new (...args: never[]) => T,
  value: unknown,
) => value is T;
export const functionToString = uncurry(Function.prototype.toString);
export const objectToString = uncurry(Object.prototype.toString) as (value: unknown) => string;
export const isEnumerable = uncurry(Object.prototype.propertyIsEnumerable) as (
  object: object,
  key: PropertyKey,
) => boolean;

// Promises

export const promiseThen = uncurry(promise.then) as <T, A = T, B = never>(
  of: Promise<T>,
  onResult: ((result: T) => A) | null | undefined,
  onError?: ((error: unknown) => B) | null,
) => Promise<Awaited<A> | Awaited<B>>;

export function promiseCatch<T, B>(
  of: Promise<T>,
  onError: ((error: unknown) => B) | null | undefined,
): Promise<T | Awaited<B>> {
  return promiseThen(of, undefined, onError) as Promise<T | Awaited<B>>;
}

/** Like `finally`, which would look up a replaceable `then`. */
export async function promiseFinally<T>(of: Promise<T>, onEnd: (() => unknown) | null | undefined): Promise<T> {
  try {
    return await of;
  } finally {
    await onEnd?.();
  }
}

export const weakRefDeref = uncurry(WeakRef.prototype.deref) as <T extends WeakKey>(of: WeakRef<T>) => T | undefined;

// Dates and numbers

export const dateGetTime = uncurry(Date.prototype.getTime);
export const numberToString = uncurry(Number.prototype.toString);
export const numberToPrecision = uncurry(Number.prototype.toPrecision);
