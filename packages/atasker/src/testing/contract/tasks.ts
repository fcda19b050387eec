/** The tasks of the contract. Threads and processes find them here: in the file that `atasker/testing` is shipped as. */
import { backgroundTask, currentTask, type TaskType } from 'atasker';
import { harmless, strikeOnArrival, StruckOnArrival } from './arrival.ts';
import { strikes, type Strike } from './strikes.ts';
import { thrown, type Thrown } from './thrown.ts';
import { fine, refused, type Refused } from './values.ts';

export const add = backgroundTask(function add(a: number, b: number) {
  return a + b;
});

export const echo = backgroundTask(function echo(...args: unknown[]) {
  return args;
});

/** How long the buffers of some views are there. */
export const lengthsOf = backgroundTask(function lengthsOf([first, second, third]: [
  Buffer,
  Float64Array,
  Map<string, Buffer>,
]) {
  return [first, second, third.get('x')!].map(({ buffer }) => buffer.byteLength);
});

export const throwing = backgroundTask(function throwing(kind: Thrown) {
  // oxlint-disable-next-line typescript/only-throw-error -- that is what goes wrong here
  throw thrown[kind]();
});

export const throwGiven = backgroundTask(function throwGiven(error: Error) {
  throw error;
});

export const returnFine = backgroundTask(function returnFine() {
  return fine();
});

export const returnRefused = backgroundTask(function returnRefused(kind: Refused) {
  return refused[kind]();
});

export const returnShared = backgroundTask(function returnShared() {
  return { memory: new SharedArrayBuffer(4) };
});

/** Does something that goes wrong, in the middle of its work. */
export const striking = backgroundTask(function striking(strike: Strike) {
  return strikes[strike]();
});

export const exiting = backgroundTask(function exiting(code: number) {
  process.exit(code);
});

export const hanging = backgroundTask(function hanging(how: Hang) {
  hangs[how]();
});

export type Hang = keyof typeof hangs;

const hangs = {
  'an endless loop': strikes.loop,
  'a wait without end': () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  'a bad regular expression': () => void /^(a+)+$/.test(`${'a'.repeat(60)}!`),
};

/** Never settles, whatever its signal says. */
export const never = backgroundTask(async function never() {
  await new Promise(() => {});
});

/** Ends only when its signal aborts, with the reason of the signal. */
export const untilAborted = backgroundTask(function untilAborted() {
  const { signal } = currentTask();
  return new Promise<void>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
});

/** Hears that it is to stop, and returns all the same. */
export const returnLate = backgroundTask(async function returnLate() {
  const { signal } = currentTask();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return 'late';
});

/** In the middle of synchronous code it hears that it is to stop. */
export const spin = backgroundTask(function spin() {
  const { signal } = currentTask();
  while (!signal.aborted);
  return `${(signal.reason as Error).name} heard`;
});

/** Leaves a failure beside itself, and is still running when it strikes. */
export const strikeAside = backgroundTask(async function strikeAside(strike: 'throw' | 'reject' | 'non-error') {
  setImmediate(() => void strikes[strike]());
  await new Promise(() => {});
});

/** Returns, and then goes wrong. */
export const thenStrike = backgroundTask(function thenStrike(strike: Strike) {
  setImmediate(() => void strikes[strike]());
  return 'returned';
});

/** Does what it can to the channels that it finds. A runtime may refuse some of it. */
export const meddle = backgroundTask(async function meddle() {
  const { parentPort } = await import('node:worker_threads');
  const deeds = [
    () => parentPort?.postMessage({ type: 'ended', run: 1 }),
    () => parentPort?.close(),
    () => process.send?.({ type: 'ended', run: 1 }),
    () => process.disconnect?.(),
  ];
  await Promise.allSettled(deeds.map(async (deed) => deed()));
  return 'unharmed';
});

/** What goes wrong when the arguments of the next task are put together again, if they hold an error of this class. */
export const layMine = backgroundTask(function layMine(strike: Strike) {
  strikeOnArrival(strike);
});

/** Its result goes wrong when it is read. */
export const returnStriking = backgroundTask(function returnStriking(strike: Strike) {
  return strikingValue(strike);
});

export const throwOnArrival = backgroundTask(function throwOnArrival() {
  throw new StruckOnArrival('arrived');
});

/** A value that goes wrong when it is read. */
export function strikingValue(strike: Strike): unknown {
  return {
    get bad() {
      return harmless(strikes[strike]());
    },
  };
}

/** Keeps its thread busy for so long. */
export const busyFor = backgroundTask(function busyFor(ms: number) {
  for (const until = performance.now() + ms; performance.now() < until;);
  return 'in time';
});

/** A chain of tasks of one type, each of which waits for the next one. */
export const link = backgroundTask(async function linked(
  tt: TaskType,
  loop: string | undefined,
  length: number,
): Promise<number> {
  return length === 1 ? 1 : (await link.with({ tt, loop })(tt, loop, length - 1)) + 1;
});
