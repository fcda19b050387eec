import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { backgroundTask, currentTask, Locker } from 'atasker';
import { waitAt, type Gate } from '../support/gate.ts';

const counter = new Locker({ name: 'counter', timeout: '5m' });

/** Others could come in between. */
function increment(file: number): void {
  const digits = Buffer.alloc(6);
  readSync(file, digits, 0, 6, 0);
  writeSync(file, String(Number(digits.toString()) + 1).padStart(6, '0'), 0);
}

async function countTo(path: string, times: number): Promise<void> {
  const file = openSync(path, 'r+');
  for (let done = 0; done < times; done += 1) {
    if (done % 2 === 0) await counter.run(() => increment(file));
    else counter.runSync(() => increment(file));
  }
  closeSync(file);
}

/** Waits for the lock on its event loop, and in place, by turns. */
export const count = backgroundTask(countTo);

/** Ends its thread or process while it holds the lock. */
export const countAndDie = backgroundTask(async function countAndDie(file: string, times: number, signal?: string) {
  await countTo(file, times);
  counter.runSync(() => (signal === undefined ? process.exit(7) : process.kill(process.pid, signal)));
});

/** Holds the lock and does not give it back. */
export const countAndBlock = backgroundTask(async function countAndBlock(file: string, times: number, gate: Gate) {
  await countTo(file, times);
  await counter.run(() => waitAt(gate));
});

export const holdLock = backgroundTask(async function holdLock(name: string) {
  await new Locker({ name }).run(() => {
    currentTask().progress('holds it');
    return new Promise(() => {});
  });
});

/** Holds it as long as the gate is closed. */
export const holdLockAt = backgroundTask(function holdLockAt(name: string, gate: Gate) {
  new Locker({ name }).runSync(() => waitAt(gate));
});

export const tryLock = backgroundTask(async function tryLock(name: string, timeout: number, inPlace: boolean) {
  const seen: string[] = [];
  const lock = new Locker({ name, timeout, critical: () => seen.push('critical') });
  const end = (error: unknown): void => void seen.push((error as { code: string }).code);
  if (!inPlace) await lock.run(() => seen.push('held')).catch(end);
  try {
    if (inPlace) lock.runSync(() => seen.push('held'));
  } catch (error) {
    end(error);
  }
  return seen;
});

/** The code and message of a lock that is not there in time. */
export const failLock = backgroundTask(async function failLock(name: string, timeout: number, inPlace: boolean) {
  const lock = new Locker({ name, timeout });
  try {
    await (inPlace ? lock.runSync(() => {}) : lock.run(() => {}));
    return [];
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return [code, message];
  }
});

export const nestLocks = backgroundTask(async function nestLocks(name: string) {
  const lock = new Locker({ name, timeout: '1m' });
  const inPlace = lock.runSync(() => lock.runSync(() => 'in place'));
  return [inPlace, await lock.run(() => lock.run(() => lock.runSync(() => 'nested')))];
});

/** What a task has left behind in its thread. */
let left: Promise<string> | null = null;

export const leaveRunSync = backgroundTask(function leaveRunSync(name: string) {
  const code = (): string => new Locker({ name }).runSync(() => 'held');
  left = new Promise<string>((resolve) => void setImmediate(() => resolve(codeOf(code))));
});

export const whatIsLeft = backgroundTask(function whatIsLeft() {
  return left;
});

function codeOf(call: () => string): string {
  try {
    return call();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Waits for the lock without a limit, until the task is cancelled; what the wait says then. */
export const waitForever = backgroundTask(async function waitForever(name: string) {
  const held = await new Locker({ name }).acquire({ timeout: Infinity, signal: currentTask().signal });
  held.release();
});

/** Tries the lock for a short time: who holds it. */
export const whoHolds = backgroundTask(async function whoHolds(name: string) {
  return new Locker({ name, timeout: '1h' })
    .run(() => 'nobody', { timeout: '200ms' })
    .catch((error: { code: string; heldBy: string }) => `${error.code}: ${error.heldBy}`);
});
