import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratiosOf, type Pairs } from '../src/against.ts';

/** What two versions got in a row of one metric. */
function pairs(row: Pairs['row'], rounds: readonly [now: number, before: number][]): Pairs {
  return { row, contender: 'atasker', rounds: rounds.map(([now, before]) => ({ now: [now], before: [before] })) };
}

const isWorse = (row: Pairs['row'], rounds: readonly [number, number][]): boolean | undefined =>
  ratiosOf([pairs(row, rounds)])[0]?.isWorse;

test('a ratio is the median of the ratios within the rounds, with the least and the most', () => {
  const [ratio] = ratiosOf([pairs('in-flight', [[90, 100], [300, 100], [100, 100]])]); // oxfmt-ignore
  assert.deepEqual([ratio?.ratio, ratio?.least, ratio?.most], [1, 0.9, 3]);
});

test('a lower rate is worse from more than 5 % on, a higher rate never', () => {
  assert.equal(isWorse('in-flight', [[94, 100]]), true);
  assert.equal(isWorse('in-flight', [[96, 100]]), false);
  assert.equal(isWorse('in-flight', [[200, 100]]), false);
});

test('a longer time is worse from more than 5 % on, a shorter time never', () => {
  assert.equal(isWorse('first-result', [[106, 100]]), true);
  assert.equal(isWorse('first-result', [[104, 100]]), false);
  assert.equal(isWorse('first-result', [[50, 100]]), false);
});

test('a figure that was nothing has no ratio', () => {
  assert.deepEqual(ratiosOf([pairs('first-result', [[5, 0]])]), []);
});
