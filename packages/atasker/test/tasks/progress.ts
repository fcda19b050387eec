import { backgroundTask, currentTask } from 'atasker';
import { waitAt, type Gate } from '../support/gate.ts';

export const report = backgroundTask(async function report(...values: unknown[]) {
  const { progress } = currentTask();
  for (const value of values) {
    progress(value);
    await new Promise((resolve) => void setImmediate(resolve));
  }
});

/** Reports all values in one turn, arrives at the gate, and runs until it opens. */
export const reportAtOnce = backgroundTask(function reportAtOnce(count: number, gate: Gate) {
  for (let n = 1; n <= count; n += 1) currentTask().progress({ n });
  waitAt(gate);
});

/** Without a turn of its event loop. */
export const reportForEver = backgroundTask(function reportForEver() {
  const { signal } = currentTask();
  for (let n = 1; ; n += 1) {
    currentTask().progress(n);
    signal.throwIfAborted();
  }
});

export const reportChanged = backgroundTask(async function reportChanged() {
  const value = { n: 0 };
  for (; value.n < 3; value.n += 1) currentTask().progress(value);
  value.n = -1;
});

export const reportFunction = backgroundTask(function reportFunction() {
  try {
    currentTask().progress({ onClick: () => {} });
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
  return 'fine';
});

let late = (): void => {};

export const leaveReport = backgroundTask(function leaveReport() {
  const task = currentTask();
  late = () => task.progress('late');
});

export const callLate = backgroundTask(function callLate() {
  late();
});

/** What a parent in a thread sees of its child there. */
export const watchChild = backgroundTask(async function watchChild(tt: 'thread' | 'process' | 'async') {
  const child = report.with({ tt })('half', { done: true });
  const seen: unknown[] = [];
  child.onProgress((value) => seen.push(value));
  child.onProgress(() => {
    throw new Error('of a listener');
  });
  await child;
  return { seen, progress: child.progress };
});
