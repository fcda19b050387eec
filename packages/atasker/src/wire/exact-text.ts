/** Values that their JSON text stands for exactly: nothing is lost, nothing is turned into something else. */

import { types } from '../node-util.ts';

/** More than that is not worth it: a clone is as fast. */
const MOST_PARTS = 64;

/** The text of a value; null if it has none, or none that is worth it. Each property is read once. */
export function exactText(value: unknown): string | null {
  const writer = new Writer();
  return writer.add(value) ? writer.text : null;
}

/** The value again. */
export function fromExactText(text: string): unknown {
  return JSON.parse(text);
}

/** The text of arguments; empty for none. */
export function exactArgs(args: readonly unknown[]): string | null {
  if (args.length === 0) return '';
  if (args.length === 1 && typeof args[0] === 'number') return isExact(args[0]) ? `[${args[0]}]` : null;
  return exactText(args);
}

class Writer {
  text = '';
  #parts = 0;
  /** An object that is met twice must be one object on the other side too. */
  readonly #seen: object[] = [];

  add(value: unknown): boolean {
    switch (typeof value) {
      case 'string':
        this.text += JSON.stringify(value);
        return value.length <= MOST_PARTS * MOST_PARTS;
      case 'number':
        this.text += String(value);
        return isExact(value);
      case 'boolean':
        this.text += value ? 'true' : 'false';
        return true;
      case 'object':
        if (value !== null) return this.#addObject(value);
        this.text += 'null';
        return true;
      case 'undefined':
      case 'bigint':
      case 'symbol':
      case 'function':
        return false;
    }
  }

  #addObject(value: object): boolean {
    if (this.#seen.includes(value)) return false;
    this.#seen.push(value);
    if (types.isProxy(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#addRecord(value as Record<string, unknown>);
    return prototype === Array.prototype && Array.isArray(value) && this.#addArray(value);
  }

  #addArray(array: readonly unknown[]): boolean {
    this.#parts += array.length;
    if (this.#parts > MOST_PARTS || Reflect.ownKeys(array).length !== array.length + 1) return false;
    for (let index = 0; index < array.length; index += 1) {
      this.text += index === 0 ? '[' : ',';
      if (!this.add(array[index])) return false;
    }
    this.text += array.length === 0 ? '[]' : ']';
    return true;
  }

  #addRecord(record: Record<string, unknown>): boolean {
    const keys = Object.keys(record);
    this.#parts += keys.length;
    if (this.#parts > MOST_PARTS || Reflect.ownKeys(record).length !== keys.length) return false;
    let before = '{';
    for (const key of keys) {
      if (key === '__proto__') return false; // a clone would set the prototype
      this.text += `${before}${JSON.stringify(key)}:`;
      before = ',';
      if (!this.add(record[key])) return false;
    }
    this.text += keys.length === 0 ? '{}' : '}';
    return true;
  }
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}
