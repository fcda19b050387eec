import { backgroundTask, currentTask, isPoolThread, type CurrentTask } from 'atasker';
import { waitAt, type Gate } from '../support/gate.ts';

export const add = backgroundTask(function add(a: number, b: number) {
  return a + b;
});

export const echo = backgroundTask(function echo(...args: unknown[]) {
  return args;
});

export const isInPoolThread = backgroundTask(function isInPoolThread() {
  return isPoolThread;
});

/** Arrives at the gate and waits there, blocking its thread. */
export const hold = backgroundTask(function hold(gate: Gate, result?: unknown) {
  waitAt(gate);
  return result;
});

export const boom = backgroundTask(function boom(message: string) {
  throw new Error(message);
});

export const never = backgroundTask(async function never() {
  await new Promise(() => {});
});

/** Returns when it is asked to stop. */
export const untilStopped = backgroundTask(async function untilStopped() {
  const { signal } = currentTask();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
});

export const currentIds = backgroundTask(async function currentIds() {
  const before = currentTask();
  await Promise.resolve();
  const after = currentTask();
  return { before: before.id, after: after.id, name: after.name, priority: after.priority, attempt: after.attempt };
});

/** Blocks its thread until it is asked to stop, and says how it heard of that. */
export const spin = backgroundTask(function spin(gate: Gate) {
  Atomics.add(gate.words, 0, 1);
  const { signal } = currentTask();
  while (!signal.aborted);
  return `${(signal.reason as Error).name} ${signal.aborted}`;
});

/** Ignores every signal. */
export const spinForEver = backgroundTask(function spinForEver(gate: Gate) {
  Atomics.add(gate.words, 0, 1);
  for (;;);
});

/** Stops when its signal throws. */
export const spinPolitely = backgroundTask(function spinPolitely() {
  const { signal } = currentTask();
  for (;;) signal.throwIfAborted();
});

/** Ends its thread when the gate opens. */
export const exitAt = backgroundTask(function exitAt(gate: Gate, code: number) {
  waitAt(gate);
  process.exit(code);
});

export const threadNumber = backgroundTask(async function threadNumber() {
  const { threadId } = await import('node:worker_threads');
  return threadId;
});

export const whereAmI = backgroundTask(function whereAmI(...args: unknown[]) {
  return { pid: process.pid, args, isPoolThread };
});

export const readCurrent = (): CurrentTask => currentTask();
