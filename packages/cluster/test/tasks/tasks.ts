import { existsSync } from 'node:fs';
import { backgroundTask, currentTask, isPoolThread, registerError } from 'atasker';

/** Where a run of a task was. */
export interface Run {
  readonly pid: number;
  readonly attempt: number;
}

function here(): Run {
  return { pid: process.pid, attempt: currentTask().attempt };
}

export const add = backgroundTask(function add(a: number, b: number) {
  return a + b;
});

export const echo = backgroundTask(function echo(value: unknown) {
  return value;
});

export const where = backgroundTask(function where() {
  return here();
});

/** Reports where it runs, and runs until a file is there. */
export const holdUntil = backgroundTask(async function holdUntil(file: string) {
  const { progress, signal } = currentTask();
  progress(here());
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
  signal.throwIfAborted();
  return here();
});

/** The same, and stops for no signal. */
export const holdStubbornly = backgroundTask(function holdStubbornly(file: string) {
  currentTask().progress(here());
  while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  return here();
});

/** Runs until it is asked to stop, and tells why. */
export const untilAborted = backgroundTask(async function untilAborted() {
  const { signal, progress } = currentTask();
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  progress('begun');
  await aborted;
  throw signal.reason;
});

/** Kills the program that runs it. */
export const killItsNode = backgroundTask(function killItsNode() {
  process.kill(process.pid, 'SIGKILL');
});

/** Blocks the event loop of its program. */
export const blockLoop = backgroundTask(
  async function blockLoop(ms: number) {
    if (isPoolThread) throw new Error('this is a thread');
    const end = Date.now() + ms;
    while (Date.now() < end);
    return here();
  },
  { tt: 'async' },
);

export const sumInChildren = backgroundTask(async function sumInChildren(n: number) {
  const runs = await Promise.all(Array.from({ length: n }, () => where()));
  return { own: here(), children: runs.map(({ pid }) => pid) };
});

export const tellSteps = backgroundTask(async function tellSteps(steps: number) {
  const { progress } = currentTask();
  for (let step = 1; step <= steps; step += 1) {
    progress(step);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

export class OutOfPaper extends Error {
  override name = 'OutOfPaper';
  readonly tray: number;

  constructor(tray: number, options?: ErrorOptions) {
    super(`tray ${tray} is empty`, options);
    this.tray = tray;
  }
}
registerError(OutOfPaper);

export const print = backgroundTask(function print(tray: number) {
  throw new OutOfPaper(tray, { cause: new RangeError('no sheet') });
});
