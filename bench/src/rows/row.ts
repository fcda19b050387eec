import type { Pool } from '../contenders/contender.ts';

/** How much is measured; `tiny` is for tests. */
export type Scale = 'full' | 'quick' | 'tiny';

export const THREADS = 2;

export interface Metric {
  readonly name: 'rate' | 'p50' | 'p99';
  readonly unit: 'tasks/s' | 'µs' | 'ms';
}

/** One kind of work that the contenders are compared by. */
export interface Row {
  title(scale: Scale): string;
  readonly metrics: readonly Metric[];
  readonly priorities: boolean;
  /** Warms the pool up, then measures: a value for each metric. @throws WrongResult */
  measure(pool: Pool, scale: Scale): Promise<number[]>;
}

/** A contender gave a wrong value: nothing that was measured of it counts. */
export class WrongResult extends Error {
  static readonly exitCode = 3;
  override name = 'WrongResult';
}

/** @throws WrongResult unless there is the incremented argument of every call, 0, 1, 2, … in order. */
export function checkIncrements(results: readonly number[], count: number): void {
  if (results.length !== count) throw new WrongResult(`${results.length} results of ${count} tasks`);
  const wrong = results.findIndex((result, index) => result !== index + 1);
  if (wrong >= 0) throw new WrongResult(`increment(${wrong}) gave ${results[wrong]}`);
}
