import { backgroundTask } from 'atasker';
import { openSync, readFileSync, writeSync } from 'node:fs';

const journals = new Map<string, number>();

function write(path: string, n: number): void {
  const journal = journals.get(path) ?? openSync(path, 'a');
  journals.set(path, journal);
  writeSync(journal, `${process.pid} ${n}\n`);
}

/** What blocks a process: the path of a named pipe that has no other end yet, or the signal. */
export type Obstacle = string;
export const STOPPED = 'SIGSTOP';

/** A short task that writes down where and that it ran. */
export const step = backgroundTask(
  function step(n: number, path: string, obstacle?: Obstacle) {
    write(path, n);
    if (obstacle === STOPPED) process.kill(process.pid, STOPPED);
    else if (obstacle !== undefined) readFileSync(obstacle);
    return n;
  },
  { tt: 'process' },
);

/** The same; with the last number its process is killed. */
export const stepToDeath = backgroundTask(
  function stepToDeath(n: number, path: string, last: number) {
    write(path, n);
    if (n === last) process.kill(process.pid, 'SIGKILL');
    return n;
  },
  { tt: 'process' },
);

/** What a task writes down when it calls a child, instead of its number. */
export const CALLS_A_CHILD = -1_000;

/** A short task; if it is given an obstacle it waits for a child that the obstacle holds up. */
export const stepWithChild = backgroundTask(
  async function stepWithChild(n: number, path: string, obstacle?: Obstacle): Promise<number> {
    if (obstacle === undefined) return n;
    write(path, CALLS_A_CHILD);
    return step(n, path, obstacle);
  },
  { tt: 'process' },
);

/** A short task that gives back what it gets. */
export const same = backgroundTask(
  function same(value: unknown) {
    return value;
  },
  { tt: 'process' },
);
