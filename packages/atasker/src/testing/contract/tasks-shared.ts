/** The tasks of the contract that tell their progress, or take locks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { backgroundTask, currentTask, Locker } from 'atasker';
import { turn } from './events.ts';
import { strikes, type Strike } from './strikes.ts';

/** Tells each value, and gives its event loop a turn after it. */
export const tellEach = backgroundTask(async function tellEach(...values: unknown[]) {
  for (const value of values) {
    currentTask().progress(value);
    await turn();
  }
  return 'told';
});

/** Tells the numbers from 1 without a pause, says so with a file, and returns. */
export const tellAtOnce = backgroundTask(function tellAtOnce(count: number, sign: string) {
  for (let n = 1; n <= count; n += 1) currentTask().progress(n);
  writeFileSync(sign, '');
});

/** The caller does nothing else until there is such a file. */
export function blockUntil(sign: string): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(sign)) Atomics.wait(nothing, 0, 0, 1);
}

export const tellAndThrow = backgroundTask(function tellAndThrow(value: unknown) {
  currentTask().progress(value);
  throw new RangeError('told');
});

export const tellUntilAborted = backgroundTask(function tellUntilAborted(value: unknown) {
  const { signal, progress } = currentTask();
  progress(value);
  return new Promise<void>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
});

/** Tells whether it is the current task in a listener of its own signal, and in a timer that the listener sets. */
export const tellFromListener = backgroundTask(function tellFromListener() {
  const { id, signal, progress } = currentTask();
  return new Promise<void>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      const inListener = currentTask().id === id;
      setImmediate(() => {
        currentTask().progress({ inListener, inTimer: currentTask().id === id });
        reject(signal.reason as Error);
      });
    });
    progress('begins');
  });
});

/** Adds one to the number in a file, so that somebody who does it at the same time is lost. */
export async function increment(file: string): Promise<void> {
  const before = Number(readFileSync(file, 'utf8'));
  await turn();
  writeFileSync(file, String(before + 1));
}

export const incrementLocked = backgroundTask(async function incrementLocked(name: string, file: string) {
  await new Locker({ name, timeout: '1m' }).run(() => increment(file));
});

/** The same in synchronous code, which waits for the lock in place. */
export const incrementInPlace = backgroundTask(function incrementInPlace(name: string, file: string) {
  new Locker({ name, timeout: '1m' }).runSync(() => {
    writeFileSync(file, String(Number(readFileSync(file, 'utf8')) + 1));
  });
});

/** Says that it holds the lock, and fails while it does. */
export const failLocked = backgroundTask(async function failLocked(name: string) {
  await new Locker({ name }).run(async () => {
    currentTask().progress('holds it');
    await turn();
    throw new RangeError('of the holder');
  });
});

/** Says that it holds the lock, until it is cancelled. */
export const holdUntilAborted = backgroundTask(async function holdUntilAborted(name: string) {
  const { signal, progress } = currentTask();
  await new Locker({ name }).run(async () => {
    progress('holds it');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    signal.throwIfAborted();
  });
});

/** Takes a lock, never gives it back, and goes wrong. */
export const strikeLocked = backgroundTask(async function strikeLocked(name: string, strike: Strike) {
  const { progress } = currentTask();
  await new Locker({ name }).acquire();
  progress('holds it');
  await turn();
  await strikes[strike]();
});

/** How asking for a lock ends. */
export const tryLocked = backgroundTask(async function tryLocked(name: string, timeoutMs: number) {
  try {
    return await new Locker({ name, timeout: timeoutMs }).run(() => 'held');
  } catch (error) {
    return (error as { code: string }).code;
  }
});
