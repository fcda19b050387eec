import type { ContenderName } from '../../src/contenders/index.ts';
import type { Series } from '../../src/rounds.ts';
import type { RowName } from '../../src/rows/index.ts';

/** What a contender got, made up: a value for each metric in each round, null for a round that failed. */
export function series(row: RowName, contender: ContenderName, rounds: (number[] | null)[]): Series {
  const failed = rounds.indexOf(null);
  return { row, contender, rounds, failure: failed < 0 ? null : `round ${failed + 1}: why`, notes: [] };
}
