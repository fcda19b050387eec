/**
 * The event loop of the simulated program. This is to be imported before the library, which takes these functions when
 * it is evaluated: turns of the event loop, and sleepers in shared memory, go on only when the scheduler says so.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

type Callback = (...args: never[]) => void;

/** Immediates of the library that have not been called yet. */
export const immediates: (() => void)[] = [];

/** Sleepers that were notified and have not gone on yet. */
export const woken: (() => void)[] = [];

interface Sleeper {
  readonly cells: Int32Array;
  readonly index: number;
  readonly wake: () => void;
}

let sleepers: Sleeper[] = [];

/** Intervals that are set: those with which supervisors keep the program alive. */
export const intervals = new Set<NodeJS.Timeout>();

const timers = createRequire(import.meta.url)('node:timers') as Record<
  'setImmediate' | 'clearImmediate' | 'setInterval' | 'clearInterval',
  unknown
>;
const { setImmediate: realImmediate, setInterval: realInterval, clearInterval: clearRealInterval } = globalThis;

/** Lets all promises go on. */
export function microtasks(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}

timers.setImmediate = (callback: Callback, ...args: never[]): (() => void) => {
  const call = (): void => callback(...args);
  immediates.push(call);
  return call;
};
timers.clearImmediate = (call: () => void): void => {
  const at = immediates.indexOf(call);
  if (at >= 0) immediates.splice(at, 1);
};
timers.setInterval = (callback: Callback, ms: number): NodeJS.Timeout => {
  const interval = realInterval(callback, ms);
  intervals.add(interval);
  return interval;
};
timers.clearInterval = (interval: NodeJS.Timeout): void => {
  clearRealInterval(interval);
  intervals.delete(interval);
};
Atomics.waitAsync = ((cells: Int32Array, index: number, value: number): unknown => {
  if (Atomics.load(cells, index) !== value) return { async: false, value: 'not-equal' };
  return { async: true, value: new Promise((resolve) => sleepers.push({ cells, index, wake: () => resolve('ok') })) };
}) as typeof Atomics.waitAsync;
Atomics.notify = (cells, index): number => {
  const isMeant = (sleeper: Sleeper): boolean =>
    sleeper.index === index && sleeper.cells.buffer === (cells as Int32Array).buffer;
  const meant = sleepers.filter(isMeant);
  sleepers = sleepers.filter((sleeper) => !isMeant(sleeper));
  woken.push(...meant.map(({ wake }) => wake));
  return meant.length;
};
syncBuiltinESMExports();

/** Forgets what a run has left behind. */
export function clearTurns(): void {
  immediates.length = 0;
  woken.length = 0;
  sleepers = [];
  for (const interval of intervals) clearRealInterval(interval);
  intervals.clear();
}
