import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from '../src/summary.ts';
import { series } from './support/series.ts';

const piscina = series('all-at-once', 'piscina', [[10], [20], [40]]);
const atasker = series('all-at-once', 'atasker', [[100], [300], [200]]);

test('a line has median and spread of the rounds, and the median of the ratios within the rounds', () => {
  const [line] = summarise([atasker, piscina]);
  assert.deepEqual(line?.figures, [{ name: 'rate', unit: 'tasks/s', median: 200, least: 100, most: 300, toBase: 10 }]);
});

test('a contender that fails in every round has no figures', () => {
  const lines = summarise([piscina, series('all-at-once', 'poolifier', [null, null, null])]);
  assert.deepEqual(lines[1]?.figures, []);
});

test('without the one that all are compared with in a round there is no ratio', () => {
  assert.equal(summarise([atasker])[0]?.figures[0]?.toBase, null);
});

test('each row has its own one that all are compared with', () => {
  const [line] = summarise([series('async', 'atasker', [[6]]), series('async', 'fastq', [[3]]), piscina]);
  assert.equal(line?.figures[0]?.toBase, 2);
});
