import type { ContenderName } from '../contenders/index.ts';
import type { Target } from './target.ts';

/** How much is measured; `tiny` is for tests. */
export type Scale = 'full' | 'quick' | 'tiny';

export interface Metric {
  readonly name: string;
  readonly unit: Unit;
}

export type Unit = 'tasks/s' | 'µs' | 'ms' | 'bytes' | '%' | 'times' | 'handles';

/** One kind of work that the contenders are compared by. */
export interface Row {
  title(scale: Scale): string;
  readonly metrics: readonly Metric[];
  readonly contenders: readonly ContenderName[];
  /** Who is there for a quick look. @defaultValue atasker, whom it is compared with, and the limits: `quickOf` */
  readonly quick?: readonly ContenderName[];
  /** Everyone is compared with this one. */
  readonly base: ContenderName;
  readonly targets: readonly Target[];
  /** One contender, in this process. @throws WrongResult */
  measure(name: ContenderName, scale: Scale): Promise<Measurement>;
}

/** What one contender got. */
export interface Measurement {
  /** One for each metric. */
  readonly values: number[];
  /** What else is worth knowing. */
  readonly note: string | null;
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

/** How many of something there are at a scale. */
export type Count = Readonly<Record<Scale, number>>;

export function showCount(count: number): string {
  return count.toLocaleString('en');
}
