/** Cancel: a task that looks at its signal stops by itself, one that does not loses its thread. */
import { backgroundTask, currentTask, isTaskError, type Task } from 'atasker';

/** Says that it has begun, and computes until it is asked to stop. */
const polite = backgroundTask(function polite(begun: SharedArrayBuffer): void {
  tell(begun);
  for (;;) currentTask().signal.throwIfAborted(); // live in synchronous code too
});

const deaf = backgroundTask(
  function deaf(begun: SharedArrayBuffer): void {
    tell(begun);
    for (;;);
  },
  { cancelGrace: '100ms' },
);

const add = backgroundTask((a: number, b: number) => a + b);

for (const endless of [polite, deaf]) {
  const begun = new SharedArrayBuffer(4);
  const task = endless(begun);
  await Atomics.waitAsync(new Int32Array(begun), 0, 0).value;
  task.cancel(new Error('no longer needed'));
  console.log(await howItEnds(task));
}
console.log(`the pool is whole: 1 + 2 = ${await add(1, 2)}`);

function tell(begun: SharedArrayBuffer): void {
  const words = new Int32Array(begun);
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}

async function howItEnds(task: Task<void>): Promise<string> {
  try {
    await task;
  } catch (error) {
    if (!isTaskError(error, 'ERR_TASK_CANCELED')) throw error;
    return `${task.name} ended with ${error.code}: ${(error.cause as Error).message}`;
  }
  return `${task.name} completed`;
}
