/** The text of a value that its JSON would not restore: what else there is, and how errors and odd objects are written. */
import { parse, stringify } from 'devalue';
import { types } from '../common/node-util.ts';
import { LostError } from '../common/errors.ts';
import { arrayPush, each, stringSlice, stringStartsWith } from '../platform/methods.ts';
import { copyBytes, newBytes } from '../platform/node.ts';
import { Array, ArrayBuffer, Number, Object, Reflect, Uint8Array } from '../platform/primordials.ts';
import { errorWithoutStack } from '../platform/stacks.ts';
import { isError, isPrimitive } from './walk.ts';

/** How a tagged text begins: the sign, and the version of what follows. */
const SIGN = '=';
const TAG = `${SIGN}1`;

export function isTagged(text: string): boolean {
  return stringStartsWith(text, SIGN);
}

type Entries = readonly (readonly [key: string, value: unknown])[];

/** What the library that writes values has no form for. */
const WRITERS = {
  // Errors are written beside the value (marks.ts); in the value they only keep their places.
  Error: (value: unknown): 1 | false => isError(value) && 1,
  Array: (value: unknown): readonly [items: unknown[], beside: Entries] | false => {
    if (!Array.isArray(value) || !hasMoreThanItems(value)) return false;
    const items: unknown[] = [];
    const beside: [string, unknown][] = [];
    for (const key of each(Object.keys(value))) {
      const part = value[key as unknown as number] as unknown;
      if (Number(key) < value.length) items[Number(key)] = part;
      else arrayPush(beside, [key, part]);
    }
    items.length = value.length;
    return [items, beside];
  },
  Entries: (value: unknown): Entries | false =>
    !isPrimitive(value) && Object.hasOwn(value as object, '__proto__') && Object.entries(value as object),
  Resizable: (value: unknown): readonly [bytes: Uint8Array, most: number] | false => {
    if (!types.isArrayBuffer(value)) return false;
    const { resizable, maxByteLength } = value as { readonly resizable?: boolean; readonly maxByteLength?: number };
    if (resizable !== true) return false;
    const bytes = newBytes(value.byteLength);
    copyBytes(bytes, new Uint8Array(value));
    return [bytes, maxByteLength!];
  },
};
const READERS = {
  Error: (): Error => errorWithoutStack(),
  Array: (parts: readonly [unknown[], Entries]): unknown[] => withEntries(parts[0], parts[1]),
  Entries: (entries: Entries): object => withEntries({}, entries),
  Resizable: (parts: readonly [Uint8Array, number]): ArrayBuffer => {
    const bytes = parts[0];
    const maxByteLength = parts[1];
    const buffer = Reflect.construct(ArrayBuffer, [bytes.length, { maxByteLength }]) as ArrayBuffer;
    copyBytes(new Uint8Array(buffer), bytes);
    return buffer;
  },
};

function withEntries<T extends object>(object: T, entries: Entries): T {
  for (const entry of each(entries)) {
    const value = entry[1];
    Object.defineProperty(object, entry[0], { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

/** Whether an array has properties of its own that are no items. They come after the items. */
function hasMoreThanItems(array: readonly unknown[]): boolean {
  const keys = Object.keys(array);
  const last = keys[keys.length - 1];
  return last !== undefined && !(Number(last) < array.length);
}

/** Data as a tagged text. @throws what the library throws that writes it */
export function tagged(data: unknown): string {
  return TAG + stringify(data, WRITERS);
}

/** Reads the data of a tagged text. @throws LostError if the text cannot be read */
export function untagged<T>(text: string, read: (data: unknown) => T): T {
  if (stringStartsWith(text, TAG)) {
    return readable(stringSlice(text, TAG.length), (rest) => read(parse(rest, READERS)));
  }
  throw new LostError(
    'ERR_TASK_LOST',
    'a text from another program was written by a version that this one cannot read',
  );
}

/** Calls `read` with a text. @throws LostError if `read` throws */
export function readable<T>(text: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch (cause) {
    throw new LostError('ERR_TASK_LOST', 'a text from another program cannot be read', { cause });
  }
}
