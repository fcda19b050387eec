import { LostError } from '../common/errors.ts';
import type { Outcome } from '../task/outcome.ts';
import { decode, wireBytes, type Encoded, type WireBytes } from './bytes.ts';
import { decodeError, decodeProperty, withPlace, encodeError, encodeProperty } from './errors.ts';
import { exactText, fromExactText } from './exact-text.ts';
import type { ErrorRecord, Property, WireValue } from './marks.ts';
import type { Boundary } from './refused.ts';
import { checkValue, textOf, unpack } from './values.ts';

/** How a task ended, on the wire. */
export type WireOutcome =
  | ({ readonly kind: 'completed' } & WireValue)
  /** Completed, with the exact text of the result; empty for undefined. */
  | { readonly kind: 'text'; readonly text: string }
  /** Completed, with the result as bytes. */
  | ({ readonly kind: 'bytes' } & WireBytes)
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  | { readonly kind: 'canceled'; readonly reason: Property };

/**
 * How a task ended, as it is to be posted at once.
 *
 * @throws CloneError if the value of a completed task cannot cross.
 */
export function encodeOutcome(outcome: Outcome, boundary: Boundary): WireOutcome {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'completed', ...checkValue('result', outcome.value, boundary) };
    case 'failed':
      return { kind: 'failed', error: encodeError(outcome.error) };
    case 'canceled':
      return { kind: 'canceled', reason: encodeProperty('reason', () => outcome.reason) };
  }
}

/** How a task ended whose result is written as bytes. */
export function outcomeAsBytes(encoded: Encoded): WireOutcome {
  return { kind: 'bytes', ...wireBytes(encoded, encoded.parts) };
}

/** How a task ended, from what was posted. `where` becomes the last line of an error's stack. */
export function decodeOutcome(outcome: WireOutcome, where: string | null = null): Outcome {
  switch (outcome.kind) {
    case 'completed':
    case 'bytes':
      return { kind: 'completed', value: unpack(outcome) };
    case 'text':
      return outcomeOfText(outcome.text);
    case 'failed':
      return { kind: 'failed', error: decodeError(outcome.error, where), record: located(outcome.error, where) };
    case 'canceled':
      return { kind: 'canceled', reason: decodeProperty(outcome.reason) };
  }
}

/** The record of an error with the line that `decodeError` adds to the stack. */
function located(record: ErrorRecord, where: string | null): ErrorRecord {
  return where === null ? record : { ...record, stack: withPlace(record.stack, where) };
}

/**
 * How a task ended whose member has left this text as its result; empty for undefined. Never throws: if the text cannot
 * be read, the task has failed with a LostError.
 */
export function outcomeOfText(text: string): Outcome {
  return outcomeLeft(() => (text === '' ? undefined : fromExactText(text)));
}

/** The exact text of a result, empty for undefined; null if it has none. `outcomeOfText` reads it. */
export function textOfResult(result: unknown): string | null {
  return result === undefined ? '' : textOf(() => exactText(result));
}

/** The same for a result that the member has left as bytes. */
export function outcomeOfBytes(bytes: Uint8Array): Outcome {
  return outcomeLeft(() => unpack(decode(bytes) as WireValue));
}

function outcomeLeft(read: () => unknown): Outcome {
  try {
    return { kind: 'completed', value: read() };
  } catch (cause) {
    const message = 'its result cannot be read: code in that thread or process has damaged the channel';
    return { kind: 'failed', error: new LostError('ERR_TASK_LOST', message, { cause }) };
  }
}
