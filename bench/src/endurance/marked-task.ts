import { appendFileSync, readFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { backgroundTask } from 'atasker';

/** Work that takes a few milliseconds, so that faults hit tasks in the middle. */
const STEPS = 300_000;

/** Appends a line to the file each time it really runs, and returns the thread or process in which it ran. */
export const marked = backgroundTask(function marked(file: string, n: number) {
  appendFileSync(file, `${n}\n`);
  let sum = n;
  for (let step = 0; step < STEPS; step += 1) sum = (sum * 31 + step) % 1_000_003;
  return { sum, by: `${process.pid} ${threadId}` };
});

/** How often each task has run. */
export function readMarks(file: string, tasks: number): Uint32Array {
  const runs = new Uint32Array(tasks);
  for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') runs[Number(line)]! += 1;
  return runs;
}
