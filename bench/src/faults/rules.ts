/** How a task with a fault has to end. The rules of the rows are made of these. */
import type { ErrorFacts, Settled } from './facts.ts';

/** A cell of the table. */
export interface Verdict {
  readonly right: boolean;
  /** What the user sees. */
  readonly words: string;
}

export type Rule = (task: Settled) => Verdict;

/** The task fails with an Error that carries information; `problem` says what is wrong with the error, if anything. */
export function fails(problem: (error: ErrorFacts, ms: number) => string | null = () => null, words?: string): Rule {
  return (task) => {
    if (task.state === 'completed') return { right: false, words: `completes with ${task.shown}` };
    if (task.state === 'rejected') return { right: false, words: `rejects with ${task.shown}` };
    const found = isEmpty(task.error) ? 'an empty Error' : problem(task.error, task.ms);
    return found === null ? { right: true, words: words ?? nameOf(task.error) } : { right: false, words: found };
  };
}

/** The task completes with a value; `problem` says what is wrong with the value, if anything. */
export function completes(words: string, problem: (value: unknown) => string | null): Rule {
  return (task) => {
    if (task.state === 'rejected') return { right: false, words: `rejects with ${task.shown}` };
    if (task.state === 'failed') return { right: false, words: `fails: ${nameOf(task.error)}` };
    const found = problem(task.value);
    return { right: found === null, words: found ?? words };
  };
}

/** For `completes`. */
export function isValue(expected: unknown): (value: unknown) => string | null {
  return (value) => (value === expected ? null : `completes with ${JSON.stringify(value)}`);
}

/** For `fails`: the error, or a cause of it, says so. */
export function says(text: RegExp): (error: ErrorFacts) => string | null {
  return (error) => {
    for (let one: ErrorFacts | null = error; one !== null; one = one.cause) {
      if (text.test(`${one.code} ${one.name} ${one.message} ${one.headline}`)) return null;
    }
    return `another error: ${nameOf(error)}`;
  };
}

/** For `fails`: which of the parts that an error should have are not there. */
export function keeps(
  parts: Readonly<Record<string, (error: ErrorFacts) => boolean>>,
): (error: ErrorFacts) => string | null {
  return (error) => {
    const lost = Object.entries(parts).flatMap(([name, isThere]) => (isThere(error) ? [] : [name]));
    return lost.length === 0 ? null : `loses ${lost.join(', ')}`;
  };
}

const SHORT = 26;

/** The error does not show what happened. */
function isEmpty({ code, name, message, headline }: ErrorFacts): boolean {
  return code === null && name === 'Error' && message === '' && headline === 'Error';
}

/** The part by which a user identifies this error: its code, else its name, else the beginning of its message. */
function nameOf({ code, name, message, headline }: ErrorFacts): string {
  if (code !== null) return code;
  if (name !== 'Error') return name;
  const line = (message || headline).split('\n', 1)[0]!.trim();
  return line.length <= SHORT ? `‘${line}’` : `‘${line.slice(0, SHORT).replace(/\s+\S*$/, '')} …’`;
}
