/** Which targets were met, in the rounds of one run and in nothing else. */
import type { Series } from './rounds.ts';
import { rowOf, type RowName } from './rows/index.ts';
import type { Metric } from './rows/row.ts';
import type { Target } from './rows/target.ts';
import { median } from './statistics.ts';

export interface Verdict {
  readonly row: RowName;
  readonly metric: Metric;
  readonly target: Target;
  /** Of the rounds: in the unit of the metric, or as a multiple; null if nothing was measured. */
  readonly measured: Measured | null;
  /** Of the median; null if nothing was measured. */
  readonly met: boolean | null;
}

export interface Measured {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Whether every round says the same of the target as the median. */
  readonly isUnanimous: boolean;
}

/** One for each target of each row that was run. */
export function verdicts(all: readonly Series[]): Verdict[] {
  const rows = [...new Set(all.map(({ row }) => row))];
  return rows.flatMap((row) => {
    const series = all.filter((one) => one.row === row);
    return rowOf(row).targets.map((target) => verdictOf(row, target, series));
  });
}

function verdictOf(row: RowName, target: Target, series: readonly Series[]): Verdict {
  const index = rowOf(row).metrics.findIndex(({ name }) => name === target.metric);
  const metric = rowOf(row).metrics[index];
  if (metric === undefined) throw new Error(`the row ${row} has no metric ${target.metric}`);
  const own = series.find(({ contender }) => contender === target.of);
  const values = (own?.rounds ?? []).flatMap((round, number) => {
    const value = round?.[index];
    if (value === undefined) return [];
    if (target.times === null) return value;
    const others = target.times.flatMap(
      (name) => series.find(({ contender }) => contender === name)?.rounds[number]?.[index] ?? [],
    );
    return others.length < target.times.length ? [] : value / best(others, target);
  });
  if (values.length === 0) return { row, metric, target, measured: null, met: null };
  const middle = median(values);
  const met = holds(middle, target);
  const isUnanimous = values.every((value) => holds(value, target) === met);
  const measured = { median: middle, least: Math.min(...values), most: Math.max(...values), isUnanimous };
  return { row, metric, target, measured, met };
}

function best(values: readonly number[], { bound }: Target): number {
  return bound === 'at least' ? Math.max(...values) : Math.min(...values);
}

function holds(value: number, target: Target): boolean {
  return target.bound === 'at least' ? value >= target.value : value <= target.value;
}

/** `12 times piscina`, `10 µs`: a bound, or what was measured for it. */
export function amount(value: number, { metric, target }: Verdict): string {
  const number = showNumber(value);
  if (target.times === null) return metric.unit === 'times' ? `${number} times` : `${number} ${metric.unit}`;
  const names = target.times.length === 1 ? target.times[0]! : `the best of ${target.times.join(', ')}`;
  return `${number} times ${names}`;
}

/** `met`, or `missed` and by how much. */
export function judgement(verdict: Verdict): string {
  const { target, measured, met } = verdict;
  if (measured === null) return 'not measured';
  const doubt = measured.isUnanimous ? '' : ', not in every round';
  if (met) return `met${doubt}`;
  if (target.value === 0) return `missed by ${amount(measured.median, verdict)}${doubt}`;
  return `missed by ${distance(measured.median, target)}${doubt}`;
}

/** How far a value that does not hold is from the bound: in shares of the bound, from twice (half) of it on as a factor. */
function distance(value: number, { bound, value: wanted }: Target): string {
  const factor = bound === 'at least' ? wanted / value : value / wanted;
  if (factor >= 2) return `a factor of ${showNumber(factor)}`;
  return `${Math.ceil((100 * Math.abs(value - wanted)) / wanted)} %`;
}

export function showNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(2)));
}
