/**
 * Values as text, for programs on other machines: unlike bytes, every version of Node.js can read it. A text is the
 * exact JSON of the value (exact-text.ts) where there is one, empty for `undefined`, and else a tagged text, which
 * begins as no JSON does. It holds no line break.
 */
import { DevalueError } from 'devalue';
import { CloneError } from '../common/errors.ts';
import { isInstance, stringIndexOf, stringSlice, stringStartsWith } from '../platform/methods.ts';
import { Array, Number, TypeError } from '../platform/primordials.ts';
import { decodeError, decodeProperty, encodeError, encodeProperty } from './errors.ts';
import { exactText, fromExactText } from './exact-text.ts';
import type { ErrorRecord, Property, WireValue } from './marks.ts';
import { isTagged, readable, tagged, untagged } from './tagged.ts';
import { packValue, takeArgs, textOf, unpack, wireOf } from './values.ts';

/** The arguments of a call as text; empty for none. @throws CloneError if one of them cannot cross */
export function argsText(args: readonly unknown[]): string {
  const taken = takeArgs(args, 'process');
  return typeof taken === 'string' ? taken : valueText('args', wireOf(taken));
}

/** A result or a progress value as text. @throws CloneError if it cannot cross */
export function resultText(value: unknown, direction: 'result' | 'progress' = 'result'): string {
  if (value === undefined) return '';
  return textOf(() => exactText(value)) ?? valueText(direction, wireOf(packValue(direction, value, 'process')));
}

function valueText(direction: CloneError['direction'], { value, marks }: WireValue): string {
  try {
    return tagged({ value, marks });
  } catch (cause) {
    const root = direction === 'args' ? 'arguments' : direction;
    const path = isInstance(DevalueError, cause)
      ? root + stringSlice((cause as DevalueError).path, '.value'.length)
      : root;
    const message = `${path} cannot be written as a text for another program: ${(cause as Error).message}`;
    throw new CloneError('ERR_TASK_CLONE', message, { direction, path, cause });
  }
}

/** The arguments that a text holds. @throws LostError if it cannot be read */
export function readArgs(text: string): unknown[] {
  const args = text === '' ? [] : readText(text);
  return readable(text, () => (Array.isArray(args) ? args : fail()));
}

/** The value that a text holds. @throws LostError if it cannot be read */
export function readText(text: string): unknown {
  if (text === '') return undefined;
  if (!isTagged(text)) return readable(text, fromExactText);
  return untagged(text, (wire) => unpack(wire as WireValue));
}

/** How arguments begin that a member reads as a text, and whose result it gives as a text. */
const CARRIED = '~';

/** The arguments of a task of another program, as its member gets them. */
export function carry(args: string, attempt: number): string {
  return `${CARRIED}${attempt}${CARRIED}${args}`;
}

/** Reads what `carry` wrote; null for other arguments. */
export function carried(text: string): { readonly args: unknown[]; readonly attempt: number } | null {
  if (!stringStartsWith(text, CARRIED)) return null;
  const end = stringIndexOf(text, CARRIED, 1);
  return { args: readArgs(stringSlice(text, end + 1)), attempt: Number(stringSlice(text, 1, end)) };
}

/** What was thrown, or the record of it, as text. An error whose properties cannot be written goes without them. */
export function errorText(thrown: unknown, record: ErrorRecord = encodeError(thrown)): string {
  return textOf(() => tagged(record)) ?? tagged({ ...record, properties: [] });
}

export function readError(text: string): Error {
  return untagged(text, (record) => decodeError(record as ErrorRecord));
}

/** The reason of a cancel as text. */
export function reasonText(reason: unknown): string {
  const property = encodeProperty('reason', () => reason);
  return textOf(() => tagged(property)) ?? tagged({ is: 'value', value: 'a reason that cannot be written', marks: [] });
}

export function readReason(text: string): unknown {
  return untagged(text, (property) => decodeProperty(property as Property));
}

/** What `read` gives for a text, or the error that says why the text cannot be read. */
export function readOrError<T>(read: (text: string) => T, text: string): T | Error {
  try {
    return read(text);
  } catch (error) {
    return error as Error;
  }
}

function fail(): never {
  throw new TypeError('arguments must be an array');
}
