import { CloneError } from '../common/errors.ts';
import { arrayEvery, arrayMap, arraySum, isInstance } from '../platform/methods.ts';
import { structuredClone } from '../platform/node.ts';
import { Error, String, Uint8Array } from '../platform/primordials.ts';
import { OwnArgs } from '../task/args.ts';
import {
  copyOf,
  decode,
  decodeSent,
  encode,
  encodeView,
  isEncoded,
  ownBytes,
  wireBytes,
  WRITES_VIEWS,
  type Encoded,
  type WireBytes,
} from './bytes.ts';
import { encodeError, restoreError } from './errors.ts';
import { exactArgs } from './exact-text.ts';
import { buffersIn, findMarks, restoreMarked, type Found, type WireValue } from './marks.ts';
import type { Boundary } from './refused.ts';
import { isPrimitive } from './walk.ts';

/** A value that is ready to cross. */
export class Packed extends OwnArgs implements WireValue {
  readonly value: unknown;
  readonly marks: WireValue['marks'];
  /** The buffers in the value. They belong to nobody else. */
  readonly buffers: readonly ArrayBuffer[];
  /** Whether the value may be written as bytes (bytes.ts). */
  readonly isPlain: boolean;
  readonly cutsViews: boolean;

  constructor({ value, marks, cutsViews = false }: WireValue, buffers: readonly ArrayBuffer[], isPlain: boolean) {
    super();
    this.value = value;
    this.marks = marks;
    this.buffers = buffers;
    this.isPlain = isPlain;
    this.cutsViews = cutsViews;
  }
}

/** Arguments that stand in memory until they are posted or the task has ended. */
export abstract class HeldArgs extends OwnArgs {
  constructor() {
    super(); // written out: the constructor that the language makes iterates its arguments
  }

  /** The arguments in the form in which they are posted. @throws if they cannot be read. */
  abstract packed(): Packed;
}

/** Arguments as bytes that belong to nobody else, for processes: they are posted as they are. */
export class ByteArgs extends OwnArgs {
  readonly wire: WireBytes;
  readonly size: number;

  constructor(encoded: Encoded) {
    super();
    const own = arrayMap(encoded.parts, (part) => new Uint8Array(copyOf(part)));
    this.wire = wireBytes(encoded, own);
    this.size = encoded.size;
  }
}

/**
 * Arguments as they cross: as their exact text, as the number that is the only argument, as a value to be cloned, or as
 * bytes.
 */
export type TakenArgs = string | number | WireValue | WireBytes;

/**
 * What an entry of the run queue has no room for: arguments, and an id and a name that do not follow from the entry.
 */
export interface CarriedArgs {
  readonly id: string | null;
  readonly name: string | null;
  readonly args: TakenArgs;
}

type Direction = CloneError['direction'];

/** The name of a value in messages: `arguments[0].onClick`, `result.items[3]`. */
const ROOT: Readonly<Record<Direction, string>> = { args: 'arguments', result: 'result', progress: 'progress' };

/**
 * Takes arguments as they are now: a later change by the caller does not reach the task.
 *
 * @throws CloneError if one of them cannot cross.
 */
export function takeArgs(args: readonly unknown[], boundary: Boundary): string | Packed {
  return textOf(() => exactArgs(args)) ?? packArgs(args, boundary);
}

/** Takes arguments like `takeArgs`, to be sent to a member: to a process as bytes, if they can be written as bytes. */
export function takeToSend(args: readonly unknown[], boundary: Boundary): string | Packed | ByteArgs {
  if (boundary === 'thread') return takeArgs(args, boundary);
  const taken = takeAsBytes(args, boundary);
  return typeof taken !== 'string' && isEncoded(taken) ? new ByteArgs(taken) : taken;
}

/** Takes arguments like `takeArgs`, but always as values and never as a text. */
export function packArgs(args: readonly unknown[], boundary: Boundary): Packed {
  if (arrayEvery(args, isPrimitive)) return new Packed({ value: args, marks: [] }, [], true);
  return packValue('args', args, boundary);
}

/** Takes a value as it is now. @throws CloneError if it cannot cross */
export function packValue(direction: Direction, value: unknown, boundary: Boundary): Packed {
  return orCloneError(direction, () => packFound(examine(direction, value, boundary), boundary));
}

/** Takes what a task tells of its progress, like `packArgs`. */
export function packProgress(value: unknown, boundary: Boundary): Packed {
  try {
    return packArgs([value], boundary);
  } catch (error) {
    checkValue('progress', value, boundary); // throws with the place in the value
    throw error;
  }
}

function packFound(found: Found, boundary: Boundary): Packed {
  const value = cut(found) ?? structuredClone(found.value);
  const buffers = found.bytes.length > 0 && boundary === 'thread' ? buffersIn(value) : [];
  return new Packed({ value, marks: found.marks, ...viewsAreCut(found, boundary) }, buffers, !found.hasModule);
}

/**
 * Takes arguments like `takeArgs`, for threads that read them in shared memory. Gives the bytes that have to be written
 * there at once, if the arguments can be written as bytes; a number that is the only argument stays as it is.
 */
export function takeForMemory(args: readonly unknown[]): string | number | Packed | Encoded {
  if (args.length === 1 && typeof args[0] === 'number') return args[0];
  return takeAsBytes(args, 'thread');
}

function takeAsBytes(args: readonly unknown[], boundary: Boundary): string | Packed | Encoded {
  const text = textOf(() => exactArgs(args));
  if (text !== null) return text;
  if (arrayEvery(args, isPrimitive)) return packArgs(args, boundary);
  const view = args.length === 1 ? encodeView(args[0], true) : null;
  if (view !== null) return view;
  return orCloneError('args', () => {
    const found = examine('args', args, boundary);
    return encodeFound(found) ?? packFound(found, boundary);
  });
}

/**
 * A result with buffers as bytes. Null if the result has to be sent, or is refused, or has no buffers: to read it from
 * bytes takes longer than to receive it, because the engine keeps all that was read until its next full garbage
 * collection.
 */
export function resultBytes(value: unknown): Encoded | null {
  return encodeResult(value, 'thread', ({ bytes }) => bytes.length > 0);
}

/** A result as bytes, for a process to send. Null if the result has to be sent as it is, or is refused. */
export function bytesOfResult(value: unknown): Encoded | null {
  return encodeResult(value, 'process', () => true);
}

function encodeResult(value: unknown, boundary: Boundary, isWorthIt: (found: Found) => boolean): Encoded | null {
  if (isPrimitive(value)) return null;
  try {
    const view = encodeView(value, false);
    if (view !== null) return view;
    const found = examine('result', value, boundary);
    return isWorthIt(found) ? encodeFound(found) : null;
  } catch {
    return null;
  }
}

function encodeFound({ value, marks, bytes, hasInstances }: Found): Encoded | null {
  return hasInstances ? null : encode({ value, marks }, bytes);
}

/** Arguments that were written as bytes, in the form in which they are posted. They belong to nobody else. */
export function packWritten(bytes: Uint8Array): Packed {
  const { value, marks } = decode(bytes) as WireValue;
  return new Packed({ value, marks }, buffersIn(value), true);
}

/** A copy in which no view sees more memory than it shows; null if no copy is needed, or none can be made. */
function cut({ value, bytes, hasModule }: Found): unknown {
  return bytes.length > 0 && !hasModule ? ownBytes(value) : null;
}

/**
 * Whether the receiver has to cut views: the channel to a process makes a view of the whole message out of each view,
 * and some runtimes cannot cut views on this side.
 */
function viewsAreCut({ bytes }: Found, boundary: Boundary): { readonly cutsViews?: true } {
  return bytes.length > 0 && (boundary === 'process' || !WRITES_VIEWS) ? { cutsViews: true } : {};
}

/**
 * Checks a value that is cloned by being posted. Post the value at once.
 *
 * @throws CloneError if it cannot cross.
 */
export function checkValue(direction: Direction, value: unknown, boundary: Boundary): WireValue {
  if (isPrimitive(value)) return { value, marks: [] };
  const found = orCloneError(direction, () => examine(direction, value, boundary));
  return { value: cut(found) ?? found.value, marks: found.marks, ...viewsAreCut(found, boundary) };
}

/**
 * The text that `read` gives; null if it throws. What a getter throws comes again when the value is cloned, with its
 * path.
 */
export function textOf(read: () => string | null): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function examine(direction: Direction, value: unknown, boundary: Boundary): Found {
  return findMarks(value, { direction, root: ROOT[direction], boundary }, encodeError);
}

/** Restores a value on the other side. */
export function unpack(packed: WireValue | WireBytes): unknown {
  return restoreMarked(isEncoded(packed) ? (decodeSent(packed) as WireValue) : packed, restoreError);
}

/** The part of a packed value that crosses. */
export function wireOf({ value, marks, cutsViews }: WireValue): WireValue {
  return cutsViews ? { value, marks, cutsViews } : { value, marks };
}

/** Arguments that were taken, as they cross. */
export function wireArgs(taken: string | Packed | ByteArgs): TakenArgs {
  if (typeof taken === 'string') return taken;
  return taken instanceof ByteArgs ? taken.wire : wireOf(taken);
}

/** The size of arguments in characters or bytes; Infinity for values whose size is not known. */
export function sizeOfTaken(taken: string | Packed | ByteArgs): number {
  if (typeof taken === 'string') return taken.length;
  if (taken instanceof ByteArgs) return taken.size;
  return arraySum(taken.value as readonly unknown[], (arg) =>
    typeof arg === 'string' ? arg.length : isPrimitive(arg) ? 0 : Infinity,
  );
}

/** The text that is the only argument; null if the arguments are something else. */
export function onlyText({ value }: WireValue): string | null {
  const args = value as readonly unknown[];
  return args.length === 1 && typeof args[0] === 'string' ? args[0] : null;
}

/** Arguments that were taken, as bytes; null if they can only be sent. */
export function encodeArgs(taken: Packed): Encoded | null {
  return taken.isPlain ? encode(wireOf(taken), taken.buffers) : null;
}

/** The id and the name of a task, if they do not follow from its entry. */
type OwnHead = Pick<CarriedArgs, 'id' | 'name'>;

export function carriedArgs(taken: string | Packed | ByteArgs, head: OwnHead | null): CarriedArgs {
  return { id: head?.id ?? null, name: head?.name ?? null, args: wireArgs(taken) };
}

/** Runs a clone or a post. @throws CloneError in place of the error with which the engine refuses a value */
export function orCloneError<T>(direction: Direction, clone: () => T): T {
  try {
    return clone();
  } catch (cause) {
    if (cause instanceof CloneError) throw cause;
    const path = ROOT[direction];
    const message = `${path} cannot leave the thread: ${isInstance(Error, cause) ? cause.message : String(cause)}`;
    throw new CloneError('ERR_TASK_CLONE', message, { direction, path, cause });
  }
}
