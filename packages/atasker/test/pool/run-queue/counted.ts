import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { backgroundTask } from 'atasker';

const NAME = 'atasker.test.runs';

/** How often each task has run, in memory that the threads started after this share. */
export function shareCounts(tasks: number): Int32Array {
  const counts = new Int32Array(new SharedArrayBuffer(4 * tasks));
  setEnvironmentData(NAME, counts.buffer);
  return counts;
}

/** Runs, and is counted. */
export const counted = backgroundTask(function counted(id: number): number {
  Atomics.add(new Int32Array(getEnvironmentData(NAME) as SharedArrayBuffer), id, 1);
  return id;
});

/** The same, and leaves something behind that goes wrong as soon as the thread's event loop turns. */
export const leaveError = backgroundTask(function leaveError(id: number): number {
  setImmediate(() => {
    throw new Error(`task ${id} has left this`);
  });
  Atomics.add(new Int32Array(getEnvironmentData(NAME) as SharedArrayBuffer), id, 1);
  return id;
});

/** Leaves an endless loop behind, which is counted and begins as soon as the thread's event loop turns. */
export const leaveLoop = backgroundTask(function leaveLoop(id: number): void {
  setImmediate(() => {
    Atomics.add(new Int32Array(getEnvironmentData(NAME) as SharedArrayBuffer), id, 1);
    for (;;);
  });
});

/** Ends with a result that fits an entry, with one that has to be sent, or with an error. */
export const sized = backgroundTask(function sized(n: number, how: string): string {
  if (how === 'error') throw new Error(String(n));
  return how === 'big' ? 'x'.repeat(2_000) : 'x';
});

/** Returns when so many run at once. */
export const meet = backgroundTask(function meet(count: number): number {
  const there = new Int32Array(getEnvironmentData(NAME) as SharedArrayBuffer);
  for (let now = Atomics.add(there, 0, 1) + 1; now < count; now = Atomics.load(there, 0)) Atomics.wait(there, 0, now);
  Atomics.notify(there, 0);
  return count;
});
