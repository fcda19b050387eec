import { backgroundTask } from '../../src/index.ts';

/** A task of the simulated program. Its function is never called: members only do as if. */
export const work = backgroundTask(function work(n: number) {
  return n;
});
