/** Errors in a pool thread that nobody caught, and the runs that they belong to. */
import { arrayForEach, arrayMap } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { contexts } from '../../task/context.ts';
import { encodeError, toError } from '../../wire/errors.ts';
import type { Role } from '../channels/role.ts';
import { Run } from '../conversations/run/thread-end.ts';
import type { FromMember } from '../frames/frames.ts';
import { endsEvaluation } from './load-errors.ts';
import type { Runs } from './runs.ts';

/**
 * The events whose listeners a runtime calls outside of the async context of the error: one in Deno, another one in
 * Bun.
 */
const HIDES_CONTEXT = {
  uncaughtException: 'deno' in process.versions,
  unhandledRejection: 'bun' in process.versions,
} as const;

/**
 * Tells the pool of errors that nobody catches. After an error of a task the thread ends, because nobody knows what
 * else the task broke. An error of a module gives one warning.
 */
export function watchUncaught(role: Role, runs: Runs, post: (frame: FromMember) => void): void {
  const watch = (event: keyof typeof HIDES_CONTEXT): void =>
    role.keepListener(event, (error: unknown) => {
      if (!endsEvaluation(error)) arrayForEach(reportsOf(error, guilty(runs, HIDES_CONTEXT[event])), post);
    });
  watch('uncaughtException');
  watch('unhandledRejection');
}

/**
 * The runs that an error belongs to. Where the runtime hides the context, the error counts as an error of the runs that
 * go on, or else of the run that began last.
 */
function guilty(runs: Runs, isHidden: boolean): readonly Run[] {
  const runner = contexts.getStore()?.runner;
  if (runner instanceof Run) return [runner];
  return isHidden ? runs.suspects() : [];
}

function reportsOf(error: unknown, runs: readonly Run[]): readonly FromMember[] {
  if (runs.length > 0)
    return arrayMap(runs, (run) => ({ type: 'uncaught', run: run.number, error: encodeError(toError(error, run)) }));
  const text = `threw in a pool thread, outside of any task: ${encodeError(error).stack}`;
  return [{ type: 'warning', module: 'a module', text }];
}
