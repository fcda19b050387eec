/** The events in the program of a cell, in a form that can be sent to another process. */
import { inspect } from 'node:util';

export interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  /** The first line of its stack, which a log shows: some pools lose the message, but not that. */
  readonly headline: string;
  readonly detail: unknown;
  readonly cause: ErrorFacts | null;
  readonly errors: readonly ErrorFacts[];
}

export type Settled =
  | { readonly state: 'completed'; readonly value: unknown; readonly shown: string; readonly ms: number }
  | { readonly state: 'failed'; readonly error: ErrorFacts; readonly ms: number }
  /** With something that is not an Error. */
  | { readonly state: 'rejected'; readonly shown: string; readonly ms: number };

export type Settlement = Settled | { readonly state: 'pending' };

/** The facts are sent one after the other: a fact that is missing was not reached. */
export interface Facts {
  /** The pool works: an ordinary task was run in it. */
  readonly ready?: true;
  /** The task with the fault. */
  readonly task?: Settlement;
  /** An ordinary task that was called right after it. */
  readonly innocent?: Settlement;
  /** How many of ORDINARY_TASKS gave a right result after that. */
  readonly after?: number;
  readonly closed?: Settlement['state'];
}

export const ORDINARY_TASKS = 100;

/** What the innocent task waits for, in milliseconds, and gives back. */
export const INNOCENT_VALUE = 200;

export async function settlement(start: () => PromiseLike<unknown>, limitMs: number): Promise<Settlement> {
  const begin = performance.now();
  const ms = (): number => Math.round(performance.now() - begin);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, { state: 'pending' });
    // A call that throws is as good as a task that fails.
    (async () => start())()
      .then(
        (value): Settled => ({ state: 'completed', value: plain(value), shown: show(value), ms: ms() }),
        (reason: unknown): Settled =>
          reason instanceof Error
            ? { state: 'failed', error: factsOf(reason), ms: ms() }
            : { state: 'rejected', shown: show(reason), ms: ms() },
      )
      .then(resolve, resolve)
      .finally(() => clearTimeout(timer));
  });
}

function factsOf(error: Error, depth = 3): ErrorFacts {
  const { name, message, code, stack, detail, cause, errors } = error as Error & Record<string, unknown>;
  const inner = (value: unknown): ErrorFacts[] =>
    value instanceof Error && depth > 0 ? [factsOf(value, depth - 1)] : [];
  return {
    name,
    message: message.slice(0, 1_000),
    code: typeof code === 'string' ? code : null,
    headline: String(stack).split('\n', 1)[0]!.slice(0, 1_000),
    detail: plain(detail),
    cause: inner(cause)[0] ?? null,
    errors: Array.isArray(errors) ? errors.flatMap(inner) : [],
  };
}

function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null');
  } catch {
    return null; // circular, or a BigInt: `shown` has to do
  }
}

const LONGEST = 26;

function show(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity });
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`;
}
