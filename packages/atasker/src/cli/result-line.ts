import type { Settled, Task } from 'atasker';
import { plainError, toJson } from './json.ts';

/** What is printed for one input. */
export interface ResultLine {
  readonly text: string;
  readonly isFailure: boolean;
}

/** `{"input":…,"result":…,"ms":…}`, or `"error"` in place of the result. */
export function resultLine(end: Settled<unknown, unknown>, task: Task): ResultLine {
  if ('error' in end) return failure(end.input, end.error, task);
  try {
    return { text: object({ input: end.input, result: end.result, ms: runTime(task) }), isFailure: false };
  } catch (error) {
    return failure(end.input, error, task); // it holds itself, or is too long for one string
  }
}

function failure(input: unknown, error: unknown, task: Task): ResultLine {
  return { text: object({ input, error: plainError(error), ms: runTime(task) }), isFailure: true };
}

/** A JSON object of all fields, also those whose value JSON would leave out. */
function object(fields: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(fields).map(([name, value]) => `"${name}":${toJson(value)}`);
  return `{${members.join(',')}}`;
}

/** Milliseconds from the start of the function to its end; null if it never began. */
function runTime({ timeStarted, timeCompleted }: Task): number | null {
  return timeStarted === null || timeCompleted === null ? null : timeCompleted - timeStarted;
}
