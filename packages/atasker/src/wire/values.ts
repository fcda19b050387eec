import { CloneError } from '../errors.ts';
import { encodeError, restoreError } from './errors.ts';
import { exactArgs } from './exact-text.ts';
import { buffersIn, findMarks, restoreMarked, type Found, type WireValue } from './marks.ts';
import type { Boundary } from './refused.ts';
import { isPrimitive } from './walk.ts';

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
 * @throws CloneError if one of them cannot cross.
 */
export function takeArgs(args: readonly unknown[], boundary: Boundary): string | Packed {
  return textOf(() => exactArgs(args)) ?? packArgs(args, boundary);
}

/** The same, as values. */
export function packArgs(args: readonly unknown[], boundary: Boundary): Packed {
  if (args.every(isPrimitive)) return { value: args, marks: [], transfer: [] };
  return orCloneError('args', () => {
    const { marks, hasBuffers } = examine('args', args, boundary);
    const value = structuredClone(args);
    return { value, marks, transfer: hasBuffers && boundary === 'thread' ? buffersIn(value) : [] };
  });
}

/**
 * Checks a value that is cloned by being posted, which is to happen at once.
 *
 * @throws CloneError if it cannot cross.
 */
export function checkValue(direction: Direction, value: unknown, boundary: Boundary): WireValue {
  if (isPrimitive(value)) return { value, marks: [] };
  return { value, marks: orCloneError(direction, () => examine(direction, value, boundary).marks) };
}

/** The text of a value, or null. What a getter throws comes again when it is cloned, with its place. */
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

/** The value on the other side. */
export function unpack(packed: WireValue): unknown {
  return restoreMarked(packed, restoreError);
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
