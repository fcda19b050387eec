/**
 * What a clone changes is noted on this side and restored on the other. Both sides walk through the value in the same
 * way (walk.ts), so the number of an object on that walk is enough to find it again.
 */
import { types } from '../common/node-util.ts';
import { arrayPush, listOf } from '../platform/methods.ts';
import { Buffer } from '../platform/node.ts';
import { ArrayBuffer, Object, Set } from '../platform/primordials.ts';
import { goesIntoError, withBareErrors } from './bare-errors.ts';
import { ownBytesInPlace } from './bytes.ts';
import { isPlainData } from './plain-data.ts';
import { ByteCount, checkStep, tagOf, type Crossing } from './refused.ts';
import { goesInto, isBytes, walk, type Step } from './walk.ts';

/** A value as it crosses: the value that the engine clones, and marks of what the clone would change. */
export interface WireValue {
  readonly value: unknown;
  readonly marks: readonly Mark[];
  /** Whether views in the value may arrive as views of a larger buffer, which the receiver must not see. */
  readonly cutsViews?: boolean;
}

/** An object that a clone does not bring back as it was, by its number on the walk. */
export type Mark = { readonly at: number } & (
  | { readonly is: 'buffer' }
  | { readonly is: 'bare' }
  | { readonly is: 'regexp'; readonly lastIndex: number }
  | { readonly is: 'error'; readonly error: ErrorRecord }
);

/**
 * An error as plain data. A clone keeps only message, stack and cause, and a clone of a DOMException is `{}` on Node.js
 * 20. Here the name, the code, own properties, `errors` and the class come along.
 */
export interface ErrorRecord {
  /** The name of the class, by which the class is found again. */
  readonly type: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Own properties besides those above, and `cause`. Each is a value, or an error again. */
  readonly properties: readonly (readonly [key: string, value: Property])[];
}

/** A value as plain data. The value may be an error, or hold errors. */
export type Property = { readonly hidden?: boolean } & (
  | ({ readonly is: 'value' } & WireValue)
  | { readonly is: 'error'; readonly error: ErrorRecord }
  /** An error that this property stands in, so many levels above the nearest one. */
  | { readonly is: 'above'; readonly levels: number }
  | { readonly is: 'errors'; readonly errors: readonly Property[] }
);

/** What the walk has found. */
export interface Found {
  /** The value to clone in place of the original one. */
  readonly value: unknown;
  readonly marks: readonly Mark[];
  /** The buffers in the value, and the views of buffers. */
  readonly bytes: readonly object[];
  /** Whether the value holds objects of classes. Only the engine's own channels know what to make of those. */
  readonly hasInstances: boolean;
  /** Whether the value holds a module of WebAssembly, which only the engine's own channels take. */
  readonly hasModule: boolean;
}

/**
 * Finds what cannot cross, and what a clone would change.
 *
 * @throws CloneError for what cannot cross.
 */
export function findMarks(root: unknown, crossing: Crossing, encode: (error: Error) => ErrorRecord): Found {
  if (isPlainData(root)) return { value: root, marks: [], bytes: [], hasInstances: false, hasModule: false };
  const marks: Mark[] = [];
  const count = new ByteCount();
  const bytes: object[] = [];
  let hasInstances = false;
  let hasModule = false;
  let isBare = true;
  let at = 0;
  walk(root, (step) => {
    checkStep(step, crossing);
    const mark = markOf(step, at, encode);
    if (mark !== null) arrayPush(marks, mark);
    if (isBytes(step.kind)) {
      arrayPush(bytes, step.value);
      count.add(step, crossing);
    } else if (step.kind === 'error') {
      isBare &&= !goesIntoError(step.value as Error);
    } else if (step.kind === 'instance') {
      hasInstances = true;
      hasModule ||= tagOf(step.value) === 'WebAssembly.Module';
    }
    at += 1;
    return goesInto(step.kind);
  });
  return { value: isBare ? root : withBareErrors(root), marks, bytes, hasInstances, hasModule };
}

function markOf({ value, kind }: Step, at: number, encode: (error: Error) => ErrorRecord): Mark | null {
  if (kind === 'buffer' || kind === 'bare') return { at, is: kind };
  if (kind === 'error') return { at, is: kind, error: encode(value as Error) };
  if (kind !== 'regexp') return null;
  const { lastIndex } = value as RegExp;
  return lastIndex === 0 ? null : { at, is: kind, lastIndex };
}

/** The value on the other side, with everything that is marked restored in place. */
export function restoreMarked(
  { value: taken, marks, cutsViews }: WireValue,
  restoreError: (error: Error, record: ErrorRecord) => void,
): unknown {
  const value = cutsViews ? ownBytesInPlace(taken) : taken;
  if (marks.length === 0) return value;
  let next = 0;
  let at = 0;
  walk(value, (step) => {
    const mark = marks[next]?.at === at++ ? marks[next++]! : null;
    if (mark?.is === 'error') restoreError(step.value as Error, mark.error);
    else if (mark !== null) restore(step.value, mark);
    return mark?.is !== 'error' && goesInto(step.kind);
  });
  return value;
}

function restore(object: object, mark: Exclude<Mark, { is: 'error' }>): void {
  switch (mark.is) {
    case 'buffer':
      return void Object.setPrototypeOf(object, Buffer.prototype as object);
    case 'bare':
      return void Object.setPrototypeOf(object, null);
    case 'regexp':
      (object as RegExp).lastIndex = mark.lastIndex;
  }
}

/** The buffers in a clone that belongs to nobody else. */
export function buffersIn(root: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  walk(root, ({ value, kind }) => {
    const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
    if (isBytes(kind) && types.isArrayBuffer(buffer)) buffers.add(buffer);
    return goesInto(kind);
  });
  return listOf(buffers);
}
