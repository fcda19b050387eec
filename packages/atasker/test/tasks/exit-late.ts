import { AsyncResource } from 'node:async_hooks';
import { backgroundTask } from 'atasker';

/** How code of a task that has ended asks to end its thread. */
export type Exit = 'by itself' | 'in a handler' | 'in a handler that awaits';

let left = (): void => {};

/** Leaves code behind that exits when `wakeExit` runs, and belongs to this task. */
export const leaveExit = backgroundTask(function leaveExit(exit: Exit) {
  if (exit !== 'by itself') {
    const leave = (): never => process.exit(1);
    process.on('uncaughtException', () => {
      if (exit === 'in a handler') leave();
      else void Promise.resolve().then(leave);
    });
  }
  left = AsyncResource.bind(() => {
    setImmediate(() => {
      if (exit === 'by itself') process.exit(1);
      throw new Error('late');
    });
  });
});

export const wakeExit = backgroundTask(async function wakeExit() {
  left();
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
  return 'unharmed';
});
