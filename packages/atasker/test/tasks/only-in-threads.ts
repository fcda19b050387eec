import { backgroundTask, isPoolThread } from 'atasker';

/** Of a module that only a thread loads. */
export const isInPool = backgroundTask(function isInPool() {
  return isPoolThread;
});
