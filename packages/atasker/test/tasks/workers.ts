import { BackgroundWorker, backgroundTask, backgroundWorker, currentTask, isPoolThread } from 'atasker';

export const square = backgroundTask(function square(n: number) {
  return { square: n * n, inPool: isPoolThread, priority: currentTask().priority };
});

export const returnFalse = backgroundTask(function returnFalse() {
  return false;
});

/** Started as this module is evaluated: in a pool thread that must do nothing. */
const started = backgroundWorker(() => runs.push(1), { name: 'at module level', event: true });
const runs: number[] = [];
if (isPoolThread) started.start();

export const stateInPool = backgroundTask(function stateInPool() {
  const loop = new BackgroundWorker();
  loop.start();
  return [isPoolThread, started.isActive(), started.trigger(), loop.isActive(), runs.length];
});

export const spin = backgroundTask(function spin() {
  for (;;);
});
