/** The work that every contender runs in its threads: the same functions for all. */

/** piscina and tinypool carry the priority of a task on its argument, which then has to be an object. */
export type Input = number | { readonly value: number };

/** As close to nothing as can be checked. */
export function increment(input: Input): number {
  return valueOf(input) + 1;
}

/** Waits without using the processor, as a synchronous database driver does. Gives its argument back. */
export function block(input: Input): number {
  const ms = valueOf(input);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
}

/** Uses the processor all the time. Gives its argument back. */
export function spin(input: Input): number {
  const ms = valueOf(input);
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
}

/** When the function began. */
export function startTime(_input: Input): number {
  return nowUs();
}

export const jobs = { increment, block, spin, startTime };

export type Job = keyof typeof jobs;

/** The same for queues of promises: an async function. */
export async function later(job: Job, argument: number): Promise<number> {
  return jobs[job](argument);
}

/** Asks `echo` to compute for so long, and to give back only that time. */
export interface Beside {
  readonly spinMs: number;
  /** What crosses with the request. */
  readonly value: unknown;
}

/** Of any kind and size: what crosses twice is measured. */
export function echo(value: unknown): unknown {
  return isBeside(value) ? spin(value.spinMs) : value;
}

function isBeside(value: unknown): value is Beside {
  return typeof value === 'object' && value !== null && 'spinMs' in value;
}

/** Monotonic microseconds, the same in every thread (`performance.now()` counts from the start of its thread). */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}

function valueOf(input: Input): number {
  return typeof input === 'number' ? input : input.value;
}
