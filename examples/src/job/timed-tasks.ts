/** Tasks that say how long they have waited, finer than the whole milliseconds of `timeStarted`. */
import { backgroundTask } from 'atasker';
import { fileFacts, type FileFacts } from '../file-tasks.ts';

/** A file and when its task was submitted. */
export interface TimedInput {
  readonly path: string;
  readonly submittedAt: number;
}

export interface TimedFacts {
  readonly facts: FileFacts;
  readonly waitedMs: number;
  readonly ranMs: number;
}

/** Monotonic milliseconds, the same in every thread. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export const timedFacts = backgroundTask(
  function timedFacts({ path, submittedAt }: TimedInput): TimedFacts {
    const startedAt = now();
    const facts = fileFacts.fn(path);
    return { facts, waitedMs: startedAt - submittedAt, ranMs: now() - startedAt };
  },
  { priority: 'low' },
);

/** How long it has waited, in milliseconds. */
export const probe = backgroundTask(
  function probe(submittedAt: number): number {
    return now() - submittedAt;
  },
  { priority: 'high' },
);
