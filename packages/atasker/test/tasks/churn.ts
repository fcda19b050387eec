import { getEnvironmentData } from 'node:worker_threads';
import { backgroundTask, currentTask } from 'atasker';

/** Under this name the program of the churn keeps a shared Int32Array: the number of starts so far, then the place of each task. */
export const STARTS = 'atasker churn';

/** Returned by tasks that are to fail. */
export const FAILS = 'as planned';

/** None in a process, which shares no memory with the program. */
let starts: Int32Array | null = null;

/** Notes that the task with this number has begun: its place in the order of all starts. */
function begin(n: number): void {
  const memory = getEnvironmentData(STARTS) as SharedArrayBuffer | undefined;
  if (memory === undefined) return;
  starts ??= new Int32Array(memory);
  starts[1 + n] = Atomics.add(starts, 0, 1) + 1;
}

function spin(us: number): void {
  const end = performance.now() + us / 1e3;
  while (performance.now() < end);
}

/** Takes its place, works for so many microseconds, and gives the value back. */
export const echo = backgroundTask(function echo(n: number, us: number, value: unknown) {
  begin(n);
  spin(us);
  if (value === FAILS) throw new Error(FAILS);
  return value;
});

/** A parent of `children` tasks, each of which works for so many microseconds; gives how many have ended well. */
export const parent = backgroundTask(async function parent(n: number, us: number, children: number, depth: number) {
  begin(n);
  spin(us);
  const calls = Array.from({ length: children }, (_, index) => (depth > 0 ? grandchild(us, depth) : leaf(us, index)));
  const ends = await Promise.all(calls);
  return ends.reduce((sum, end) => sum + end, 0);
});

const leaf = backgroundTask(function leaf(us: number, index: number): number {
  spin(us);
  return currentTask().id === undefined ? index : 1;
});

const grandchild = backgroundTask(async function grandchild(us: number, depth: number): Promise<number> {
  return depth > 1 ? grandchild(us, depth - 1) : leaf(us, 0);
});
