import { backgroundTask, currentTask, isPoolThread } from 'atasker';

export const inThread = backgroundTask(function inThread() {
  return { isPoolThread, priority: currentTask().priority };
});

export const failInThread = backgroundTask(function failInThread() {
  throw new TypeError('of the thread');
});
