/**
 * The lines of text between a pool and a process: prefetched runs, many in one frame, and what the process tells of its
 * runs (boot/lines.ts has the pipe, pool/frames/ the other frames). Each line from the process begins with the number
 * of messages that were posted before it, except the line of an exit and the lines that the watchdog writes.
 */
import type { Priority } from '../../core/priority.ts';
import { arrayPush, stringIndexOf, stringSlice, stringStartsWith } from '../../platform/methods.ts';
import { bytesFromBase64, bytesToBase64 } from '../../platform/node.ts';
import { Error, Number } from '../../platform/primordials.ts';
import type { TakenArgs } from '../../wire/values.ts';
import type { FromMember } from '../frames/frames.ts';
import { EXITING_LINE } from './boot/descriptors.ts';

/** A run that is prefetched to a process. */
export interface PrefetchedRun {
  readonly run: number;
  /** The number of its definition on this channel. */
  readonly definition: number;
  /** The part of the task's id that follows the prefix. */
  readonly sequence: number;
  readonly priority: Priority;
  /** The exact text of its arguments (wire/exact-text.ts), empty for none; or the arguments in another form. */
  readonly args: TakenArgs;
}

/** Stands for what is no text: arguments come beside their line, a result follows as base64. No exact text begins so. */
const NO_TEXT = '#';

/** The line of a prefetched run, without arguments that are no text. */
export function prefetchLine({ run, definition, sequence, priority, args }: PrefetchedRun): string {
  return `${run} ${definition} ${sequence} ${priority} ${typeof args === 'string' ? args : NO_TEXT}\n`;
}

/** The runs of several lines, in their order; `others` has those arguments that are no text, in the same order. */
export function readPrefetched(lines: string, others: readonly TakenArgs[]): PrefetchedRun[] {
  const runs: PrefetchedRun[] = [];
  let read = 0;
  for (let at = 0; at < lines.length;) {
    const end = stringIndexOf(lines, '\n', at);
    const fields: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const next = stringIndexOf(lines, ' ', at);
      arrayPush(fields, stringSlice(lines, at, next));
      at = next + 1;
    }
    const args = stringSlice(lines, at, end);
    arrayPush(runs, {
      run: Number(fields[0]),
      definition: Number(fields[1]),
      sequence: Number(fields[2]),
      priority: fields[3] as Priority,
      args: args === NO_TEXT ? others[read++]! : args,
    });
    at = end + 1;
  }
  return runs;
}

/** Maximum length, in characters, of the text of arguments or of a result in a line. */
const LONGEST_TEXT = 16_384;

/** The line that says that a run begins. `at` is in monotonic milliseconds. */
export function startedLine(run: number, at: number): string {
  return `b ${run} ${at}`;
}

/**
 * The line that says that a run has completed.
 *
 * @param ms how long its function took
 * @param result the exact text of its result, empty for undefined; or the result as bytes
 */
export function doneLine(run: number, ms: number, result: string | Uint8Array): string {
  return `d ${run} ${ms} ${typeof result === 'string' ? result : NO_TEXT + bytesToBase64(result)}`;
}

/** Whether arguments or a result with this text may go in a line. Longer ones go in a message. */
export function fitsLine(text: string): boolean {
  return text.length <= LONGEST_TEXT;
}

/** Whether a result with so many bytes may go in a line. */
export function bytesFitLine(size: number): boolean {
  return (size * 4) / 3 < LONGEST_TEXT;
}

/**
 * The frame that a line stands for, and how many messages were posted before it. That number is null for a line of the
 * watchdog and for the line of an exit.
 *
 * @throws if the line does not come from the library: a task can write to any descriptor of its process
 */
export function readLine(line: string): { readonly after: number | null; readonly frame: FromMember } {
  if (line === EXITING_LINE) return { after: null, frame: { type: 'exiting' } };
  if (stringStartsWith(line, '-'))
    return { after: null, frame: { type: 'givenBack', run: Number(stringSlice(line, 1)) } };
  const kindAt = stringIndexOf(line, ' ') + 1;
  const runEnd = stringIndexOf(line, ' ', kindAt + 2);
  const after = Number(stringSlice(line, 0, kindAt));
  const run = Number(stringSlice(line, kindAt + 2, runEnd));
  const frame = readFrame(run, stringSlice(line, kindAt, kindAt + 2), stringSlice(line, runEnd + 1));
  if (frame === null || kindAt < 2 || runEnd < 0 || !(after >= 0 && run > 0))
    throw new Error(`not a line of ours: ${line}`);
  return { after, frame };
}

function readFrame(run: number, kind: string, rest: string): FromMember | null {
  if (kind === 'b ') return { type: 'started', run, at: Number(rest) };
  if (kind !== 'd ') return null;
  const msEnd = stringIndexOf(rest, ' ');
  const text = stringSlice(rest, msEnd + 1);
  const result = stringStartsWith(text, NO_TEXT) ? bytesFromBase64(stringSlice(text, 1)) : text;
  return { type: 'done', run, ms: Number(stringSlice(rest, 0, msEnd)), result };
}
