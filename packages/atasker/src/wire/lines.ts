/**
 * What goes between a pool and a process in lines of text: runs that are sent ahead, many in one frame, and what
 * the process tells of its runs (role.ts has the way, frames.ts what else there is). Before each line from the
 * process stands how many messages were posted before it, except before what its watchdog tells.
 */
import type { Priority } from '../core/priority.ts';
import type { FromMember } from './frames.ts';

/** A run that is sent ahead. */
export interface AheadRun {
  readonly run: number;
  /** The number of its definition on this channel. */
  readonly definition: number;
  /** What stands after the prefix in its id. */
  readonly sequence: number;
  readonly priority: Priority;
  /** The exact text of its arguments. */
  readonly args: string;
}

export function aheadLine({ run, definition, sequence, priority, args }: AheadRun): string {
  return `${run} ${definition} ${sequence} ${priority} ${args}\n`;
}

/** The runs of some lines, in their order. */
export function readAhead(lines: string): AheadRun[] {
  const runs: AheadRun[] = [];
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf('\n', at);
    const fields: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const next = lines.indexOf(' ', at);
      fields.push(lines.slice(at, next));
      at = next + 1;
    }
    const [run, definition, sequence, priority] = fields as [string, string, string, Priority];
    const args = lines.slice(at, end);
    runs.push({ run: Number(run), definition: Number(definition), sequence: Number(sequence), priority, args });
    at = end + 1;
  }
  return runs;
}

/** A result whose text is longer is sent as a value. */
const LONGEST_TEXT = 4096;

/** The line that says that a run begins; `at` in monotonic milliseconds. */
export function startedLine(run: number, at: number): string {
  return `b ${run} ${at}`;
}

/**
 * The line that says how a run has ended well.
 *
 * @param ms how long its function took
 * @param text the exact text of its result; empty for undefined
 */
export function doneLine(run: number, ms: number, text: string): string {
  return `d ${run} ${ms} ${text}`;
}

/** Whether a result of this text may go as a line. */
export function fitsLine(text: string): boolean {
  return text.length <= LONGEST_TEXT;
}

/** The frame that a line stands for, and how many messages were posted before it; null if the watchdog has told it. */
export function readLine(line: string): { readonly after: number | null; readonly frame: FromMember } {
  if (line.startsWith('-')) return { after: null, frame: { type: 'withdrawn', run: Number(line.slice(1)) } };
  const kindAt = line.indexOf(' ') + 1;
  const runEnd = line.indexOf(' ', kindAt + 2);
  const run = Number(line.slice(kindAt + 2, runEnd));
  return { after: Number(line.slice(0, kindAt)), frame: readFrame(run, line[kindAt]!, line.slice(runEnd + 1)) };
}

function readFrame(run: number, kind: string, rest: string): FromMember {
  if (kind === 'b') return { type: 'started', run, at: Number(rest) };
  const msEnd = rest.indexOf(' ');
  return { type: 'done', run, ms: Number(rest.slice(0, msEnd)), text: rest.slice(msEnd + 1) };
}
