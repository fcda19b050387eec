import { LostError } from '../../common/errors.ts';
import { stringIndexOf, stringSlice } from '../../platform/methods.ts';
import { JSON } from '../../platform/primordials.ts';
import { readError, readReason, readText } from '../../wire/text.ts';
import type { RemoteEnd } from './seam.ts';

/** What a task takes along to another program, besides its name and priority. */
export interface RemotePayload {
  readonly timeoutMs: number | null;
  readonly cancelGraceMs: number | null;
  /** The arguments as text (wire/text.ts). */
  readonly args: string;
}

/** How a task has ended elsewhere. */
export type RemoteOutcome =
  | { readonly kind: 'completed'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'canceled'; readonly reason: unknown };

/** @throws LostError if the payload cannot be read */
export function readEnd(end: RemoteEnd, payload: string): RemoteOutcome {
  if (end === 'completed') return { kind: end, value: readText(payload) };
  return end === 'failed' ? { kind: end, error: readError(payload) } : { kind: end, reason: readReason(payload) };
}

/** The version of the first line. */
const VERSION = 1;

/** Two lines: the limits as JSON, and the arguments, which are passed on as they are. */
export function writePayload({ timeoutMs, cancelGraceMs, args }: RemotePayload): string {
  return `${JSON.stringify({ v: VERSION, timeoutMs, cancelGraceMs })}\n${args}`;
}

/** @throws LostError if the payload cannot be read */
export function readPayload(payload: string): RemotePayload {
  const end = stringIndexOf(payload, '\n');
  let cause: unknown;
  try {
    const head = JSON.parse(stringSlice(payload, 0, end)) as { v?: unknown } & Omit<RemotePayload, 'args'>;
    const { v, timeoutMs, cancelGraceMs } = head;
    if (v === VERSION && isTime(timeoutMs) && isTime(cancelGraceMs)) {
      return { timeoutMs, cancelGraceMs, args: stringSlice(payload, end + 1) };
    }
  } catch (error) {
    cause = error;
  }
  const message = 'the payload of a task from another program cannot be read by this version';
  throw new LostError('ERR_TASK_LOST', message, { cause });
}

function isTime(ms: unknown): ms is number | null {
  return ms === null || (typeof ms === 'number' && ms >= 0);
}
