import type { ContenderName } from './contenders/index.ts';
import type { Series } from './rounds.ts';
import { rowOf, type RowName } from './rows/index.ts';
import type { Metric } from './rows/row.ts';
import { median } from './statistics.ts';

/** One number of the table, over all rounds. */
export interface Figure extends Metric {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** The median of the ratios within each round; null without a round that both did. */
  readonly toBase: number | null;
}

export interface Line {
  readonly row: RowName;
  readonly contender: ContenderName;
  readonly failure: string | null;
  readonly notes: readonly string[];
  /** One for each metric of the row; none if no round succeeded. */
  readonly figures: readonly Figure[];
}

export function summarise(all: readonly Series[]): Line[] {
  return all.map((series) => {
    const base = all.find((other) => other.row === series.row && other.contender === rowOf(series.row).base);
    const { row, contender, failure, notes } = series;
    return { row, contender, failure, notes, figures: figuresOf(series, base) };
  });
}

function figuresOf({ row, rounds }: Series, base: Series | undefined): Figure[] {
  if (rounds.every((values) => values === null)) return [];
  return rowOf(row).metrics.map((metric, index) => {
    const values = rounds.flatMap((round) => round?.[index] ?? []);
    const ratios = rounds.flatMap((round, number) => {
      const other = base?.rounds[number];
      return round && other ? round[index]! / other[index]! : [];
    });
    return figureOf(metric, values, ratios);
  });
}

function figureOf({ name, unit }: Metric, values: readonly number[], ratios: readonly number[]): Figure {
  const toBase = ratios.length === 0 ? null : median(ratios);
  return { name, unit, median: median(values), least: Math.min(...values), most: Math.max(...values), toBase };
}
