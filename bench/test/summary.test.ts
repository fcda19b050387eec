import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Series } from '../src/rounds.ts';
import { summarise } from '../src/summary.ts';
import { table } from '../src/table.ts';

const rest = { row: 'all-at-once', failure: null, notes: [] } as const;
const piscina: Series = { ...rest, contender: 'piscina', rounds: [[10], [20], [40]], notes: [] };
const atasker: Series = { ...rest, contender: 'atasker', rounds: [[100], [300], [200]], notes: [] };
const broken: Series = {
  ...rest,
  contender: 'poolifier',
  rounds: [null, null, null],
  failure: 'round 1: why',
  notes: [],
};

test('a line has median and spread of the rounds, and the median of the ratios within the rounds', () => {
  const [line] = summarise([atasker, piscina]);
  assert.deepEqual(line?.figures, [{ name: 'rate', unit: 'tasks/s', median: 200, least: 100, most: 300, toBase: 10 }]);
});

test('a contender that fails has no figures, and the table says so', () => {
  const lines = summarise([piscina, broken]);
  assert.deepEqual(lines[1]?.figures, []);
  assert.match(table(lines, 'tiny'), /poolifier +failed: round 1: why/);
});

test('without piscina in a round there is no ratio', () => {
  assert.equal(summarise([atasker])[0]?.figures[0]?.toBase, null);
});
