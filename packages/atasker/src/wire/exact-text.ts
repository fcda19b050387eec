/** Values that their JSON text restores exactly: nothing is lost, and nothing is turned into something else. */

import { types } from '../common/node-util.ts';
import { arrayIncludes, arrayPush } from '../platform/methods.ts';
import { Array, JSON, Object, Reflect, Symbol } from '../platform/primordials.ts';
import { isExactData, isExactNumber, LONG_STRING, MOST_PROPERTIES } from './plain-data.ts';

/** A value with more properties and items is not copied before its text is made. */
const MOST_PARTS = 64;

/**
 * The exact text of a value; null if the value has none, or if a clone is faster. Reads each property once, but of a
 * large value twice.
 */
export function exactText(value: unknown): string | null {
  const copier = new Copier();
  const copy = copier.copy(value);
  if (copy !== INEXACT) return JSON.stringify(copy);
  return copier.isTooLarge && !copier.isTooWide && isExactData(value) ? JSON.stringify(value) : null;
}

/** Reads a value from its exact text. */
export function fromExactText(text: string): unknown {
  return JSON.parse(text);
}

/** The exact text of arguments; empty for no arguments, null if there is no exact text. */
export function exactArgs(args: readonly unknown[]): string | null {
  if (args.length === 0) return '';
  if (args.length === 1 && typeof args[0] === 'number') return isExactNumber(args[0]) ? `[${args[0]}]` : null;
  return exactText(args);
}

/** Stands for a value that has no exact text. */
const INEXACT = Symbol('inexact');

/**
 * Copies a value so that the engine finds nothing but data in the copy. The engine writes the text of that copy faster
 * than the library could write the text piece by piece.
 */
class Copier {
  #parts = 0;
  isTooLarge = false;
  /** Whether an object has so many properties that the value has no exact text. */
  isTooWide = false;
  /** The objects met so far. An object that is met twice must be one object on the other side too. */
  readonly #seen: object[] = [];

  copy(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return value.length > LONG_STRING ? INEXACT : value;
      case 'number':
        return isExactNumber(value) ? value : INEXACT;
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.#copyObject(value);
      case 'undefined':
      case 'bigint':
      case 'symbol':
      case 'function':
        return INEXACT;
    }
  }

  #copyObject(value: object): object | typeof INEXACT {
    if (arrayIncludes(this.#seen, value)) return INEXACT;
    arrayPush(this.#seen, value);
    if (types.isProxy(value)) return INEXACT;
    const prototype: unknown = Object.getPrototypeOf(value);
    const isRecord = prototype === Object.prototype;
    if (!isRecord && (prototype !== Array.prototype || !Array.isArray(value))) return INEXACT;
    if ('toJSON' in value) return INEXACT; // the engine would call it
    return isRecord ? this.#copyRecord(value as Record<string, unknown>) : this.#copyArray(value as unknown[]);
  }

  /** Counts parts of the value; false if there are too many. */
  #hasRoomFor(parts: number): boolean {
    this.#parts += parts;
    this.isTooLarge = this.#parts > MOST_PARTS;
    return !this.isTooLarge;
  }

  #copyArray(array: readonly unknown[]): unknown[] | typeof INEXACT {
    if (!this.#hasRoomFor(array.length) || Reflect.ownKeys(array).length !== array.length + 1) return INEXACT;
    const copy: unknown[] = [];
    for (let index = 0; index < array.length; index += 1) {
      const item = this.copy(array[index]);
      if (item === INEXACT) return INEXACT;
      arrayPush(copy, item);
    }
    return copy;
  }

  #copyRecord(record: Record<string, unknown>): object | typeof INEXACT {
    const { length } = Object.keys(record);
    this.isTooWide = length > MOST_PROPERTIES;
    if (!this.#hasRoomFor(length) || Object.getOwnPropertySymbols(record).length > 0) return INEXACT;
    if (Object.hasOwn(record, '__proto__')) return INEXACT; // a clone would set the prototype
    const copy: Record<string, unknown> = { ...record }; // reads each property, a getter too
    const keys = Object.keys(copy);
    const values = Object.values(copy);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at];
      const item = this.copy(value);
      if (item === INEXACT) return INEXACT;
      if (item !== value) copy[keys[at]!] = item;
    }
    return copy;
  }
}
