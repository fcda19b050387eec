/** What runs in the threads, the same for every contender. A function that waits is `async`: poolifier goes by that. */
import { execSync } from 'node:child_process';

/** An error of a user's own, with all that such an error may carry. */
class PaymentError extends Error {
  override readonly name = 'PaymentError';
  readonly code = 'E_DECLINED';
  readonly detail = { amount: 5 };
}

// Ordinary tasks

export function increment(input: unknown): number {
  return (input as number) + 1;
}

/** Blocks its thread for this many milliseconds without using the processor. */
export function block(ms: unknown): unknown {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms as number);
  return ms;
}

/** The event loop of its thread turns meanwhile. */
export async function pause(ms: unknown): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms as number, ms));
}

export function first(input: unknown): unknown {
  return (input as unknown[])[0];
}

export function pid(): number {
  return process.pid;
}

// What it throws

export function throwsOwnError(): never {
  throw new PaymentError('declined', { cause: new RangeError('over the limit') });
}

export function throwsAggregate(): never {
  throw new AggregateError([new TypeError('one'), new RangeError('two')], 'both');
}

export function throwsDomException(): never {
  throw new DOMException('no such row', 'NotFoundError');
}

export function throwsUndefined(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- the fault
  throw undefined;
}

export function throwsFunction(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- the fault
  throw () => {};
}

export function throwsProxy(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- the fault
  throw new Proxy({ message: 'behind a proxy' }, {});
}

export function throwsWithGetters(): never {
  const error = new Error('half broken');
  Object.defineProperty(error, 'detail', {
    enumerable: true,
    get: () => {
      throw new Error('a getter threw');
    },
  });
  throw error;
}

export function throwsCircular(): never {
  const error = new Error('in a circle') as Error & { self: unknown };
  error.self = { error };
  throw error;
}

// What it returns

export function returnsFunction(): unknown {
  return { onClick: () => {} };
}

export function returnsSymbol(): unknown {
  return { tag: Symbol('tag') };
}

export function returnsWeakMap(): unknown {
  return new WeakMap();
}

export function returnsUrl(): unknown {
  return new URL('https://example.org/path');
}

// How it does not end

export function loops(): never {
  for (;;);
}

/** Longer than anybody waits here, in a call that only its own end ends. */
export function blocksInNative(): void {
  execSync('sleep 5');
}

export async function neverSettles(): Promise<void> {
  await new Promise<void>(() => {});
}

// How its thread ends

export function exits(code: unknown): never {
  process.exit(code as number);
}

export function killsItself(): void {
  process.kill(process.pid, 'SIGKILL');
}

export function aborts(): void {
  process.abort();
}

export function fillsHeap(): never {
  const kept: object[] = [];
  for (;;) kept.push({ value: kept.length });
}

/** More than the limit at once: Node.js ends the whole program for that, in whichever thread it happens. */
export function allocatesAtOnce(): number {
  return Array.from({ length: 64 * 2 ** 20 }, (_, index) => index / 3).length;
}

export function overflowsStack(): number {
  return 1 + overflowsStack();
}

export async function throwsBesideItself(): Promise<void> {
  setTimeout(() => {
    throw new Error('beside the task');
  }, 50);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** While the next task runs. */
export function throwsLater(): string {
  setTimeout(() => {
    throw new Error('after the task');
  }, 100);
  return 'returned';
}

/** While its thread is idle. */
export function exitsLater(): string {
  setTimeout(() => process.exit(1), 100);
  return 'returned';
}
