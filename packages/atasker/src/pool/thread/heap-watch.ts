import { getHeapStatistics } from 'node:v8';
import { process, setInterval, unrefTimer } from '../../platform/node.ts';

const EVERY_MS = 500;

/**
 * Calls `full` when the heap of this thread is full and the runtime does not say so. Deno ends only the function that
 * filled the heap, if a promise or a message called that function, and raises the limit to be able to do so.
 */
export function watchHeap(full: () => void): void {
  if (!('deno' in process.versions)) return;
  const limit = heapLimit();
  unrefTimer(setInterval(() => heapLimit() > limit && full(), EVERY_MS));
}

function heapLimit(): number {
  return getHeapStatistics().heap_size_limit;
}
