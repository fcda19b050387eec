import { getEnvironmentData } from 'node:worker_threads';
import { backgroundTask } from 'atasker';

/** Says in shared memory that it has begun with these values, and how many it got. */
export const note = backgroundTask(function note(...values: unknown[]): number {
  const words = new Int32Array(getEnvironmentData('atasker.test.notes') as SharedArrayBuffer);
  Atomics.add(words, 0, 1);
  Atomics.notify(words, 0);
  return values.length;
});

/** A text that many times. */
export const repeat = backgroundTask(function repeat(text: string, count: number): string {
  return text.repeat(count);
});

/** Views of so many bytes each, of every kind of memory: their own, a part of a larger buffer, a buffer that they share. */
export const views = backgroundTask(function views(bytes: Uint8Array, size: number): Views {
  return viewsOf(bytes[0]!, size);
});

export interface Views {
  readonly own: Buffer;
  readonly part: Uint8Array;
  readonly pair: readonly [Uint8Array, ArrayBuffer];
  readonly numbers: Float64Array;
}

export function viewsOf(byte: number, size: number): Views {
  const shared = new ArrayBuffer(size + 8);
  const own = Buffer.alloc(size, byte);
  const part = new Uint8Array(new ArrayBuffer(2 * size + 8), 3, size).fill(byte);
  return {
    own,
    part,
    pair: [new Uint8Array(shared, 8).fill(byte), shared],
    numbers: new Float64Array(size).fill(byte),
  };
}

/** What it gets. */
export const same = backgroundTask(function same(value: unknown): unknown {
  return value;
});
