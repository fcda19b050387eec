import { backgroundTask } from '../../src/index.ts';

/**
 * A task of the simulated program. Its function is never called: members only do as if. It gets its own number, and
 * perhaps a value that makes the arguments larger, and returns its number.
 */
export const work = backgroundTask(function work(sequence: number, _more?: unknown) {
  return sequence;
});
