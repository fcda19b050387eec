/**
 * A quick look at a value, for values of plain objects, arrays and primitives, with dates, maps and sets among them:
 * most values are made of nothing else, and need no walk (walk.ts) to find what cannot cross, or has to be marked.
 */
import { types } from '../common/node-util.ts';
import { mapForEach, setForEach } from '../platform/methods.ts';
import { Array, ArrayBuffer, Date, Number, Object, Reflect, Set } from '../platform/primordials.ts';

/** A value that is nested deeper is left to the walk, and so are more objects than this. */
const DEEPEST = 200;
const MOST_OBJECTS = 1_000_000;

/** An array that is longer is left to the walk: it may consist of gaps. */
const LONGEST_ARRAY = 1_000_000;

/** The keys of an array of primitives that is longer are not counted: that would cost more than a clone. */
const LONG_ARRAY = 1_000;

/** The engine keeps an object of more properties in another form, which it reads faster from a clone than from a text. */
export const MOST_PROPERTIES = 128;

/** Strings that are longer are copied faster as they are than in a JSON text. */
export const LONG_STRING = 4_096;

/**
 * Whether a clone by the engine restores the value as it is, with nothing to refuse and nothing to mark. False if a
 * getter throws: the walk says where.
 */
export function isPlainData(value: unknown): boolean {
  try {
    return new Look(false).isGood(value, 0);
  } catch {
    return false;
  }
}

/**
 * Whether the JSON text of the value restores it, and is worth it. Properties are read here, and once more when the text
 * is made. Throws what a getter throws.
 */
export function isExactData(value: unknown): boolean {
  return new Look(true).isGood(value, 0);
}

class Look {
  readonly #isExact: boolean;
  readonly #seen = new Set<object>();
  #objects = 0;

  constructor(isExact: boolean) {
    this.#isExact = isExact;
  }

  isGood(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'string':
        return !this.#isExact || value.length <= LONG_STRING;
      case 'number':
        return !this.#isExact || isExactNumber(value);
      case 'boolean':
        return true;
      case 'undefined':
      case 'bigint':
        return !this.#isExact;
      case 'object':
        return value === null || this.#isGoodObject(value, depth);
      case 'symbol':
      case 'function':
        return false;
    }
  }

  #isGoodObject(value: object, depth: number): boolean {
    this.#objects += 1;
    if (depth > DEEPEST || this.#objects > MOST_OBJECTS || types.isProxy(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Date.prototype && types.isDate(value)) {
      return !this.#isExact && Reflect.ownKeys(value).length === 0;
    }
    if (this.#seen.has(value)) return !this.#isExact; // must be one object on the other side, too
    this.#seen.add(value);
    if (this.#isExact && 'toJSON' in value) return false; // the engine would call it
    if (ArrayBuffer.isView(value) || Object.getOwnPropertySymbols(value).length > 0) return false;
    if (prototype === Object.prototype) return this.#isGoodRecord(value as Record<string, unknown>, depth);
    if (prototype === Array.prototype) return Array.isArray(value) && this.#isGoodArray(value, depth);
    return !this.#isExact && prototype !== null && this.#isGoodInstance(value, depth);
  }

  /** Properties that are inherited are looked at, too: there are none unless somebody has added them for all objects. */
  #isGoodRecord(record: Record<string, unknown>, depth: number): boolean {
    let properties = 0;
    for (const key in record) {
      properties += 1;
      if (this.#isExact && properties > MOST_PROPERTIES) return false;
      const item = record[key];
      const isGood =
        typeof item === 'string' ? !this.#isExact || item.length <= LONG_STRING : this.isGood(item, depth + 1);
      if (!isGood) return false;
    }
    return true;
  }

  /** With gaps, or with properties beside its items, an array has no exact text. */
  #isGoodArray(array: readonly unknown[], depth: number): boolean {
    const { length } = array;
    if (length > LONGEST_ARRAY) return false;
    const isLong = length > LONG_ARRAY;
    if (isLong && typeof array[0] !== 'object') {
      if (this.#isExact) return false;
    } else if (Object.keys(array).length !== length) return false;
    for (let at = 0; at < length; at += 1) if (!this.isGood(array[at], depth + 1)) return false;
    return true;
  }

  #isGoodInstance(value: object, depth: number): boolean {
    const isMap = types.isMap(value);
    if (!isMap && !types.isSet(value) && !types.isDate(value)) return false;
    if (Object.keys(value).length > 0) return false;
    let isGood = true;
    if (isMap) {
      mapForEach(value, (item, key) => {
        isGood &&= this.isGood(key, depth + 1) && this.isGood(item, depth + 1);
      });
    } else if (types.isSet(value)) {
      setForEach(value, (item) => {
        isGood &&= this.isGood(item, depth + 1);
      });
    }
    return isGood;
  }
}

/** Whether JSON restores a number: it has no text for -0, for infinity and for what is not a number. */
export function isExactNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}
