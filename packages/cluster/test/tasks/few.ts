import { backgroundTask } from 'atasker';

/** Of an older version of a program, which has only this one. */
export const old = backgroundTask(function old() {
  return process.pid;
});
