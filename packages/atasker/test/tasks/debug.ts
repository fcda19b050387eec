import { backgroundTask, setDebug } from 'atasker';
import { boom } from './basic.ts';

/** Debugging is a matter of each thread. */
export const stackOfChild = backgroundTask(async function stackOfChild() {
  setDebug();
  const stack = await boom('of the child').catch((error: Error) => error.stack);
  setDebug(false);
  return stack;
});
