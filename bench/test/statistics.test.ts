import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, quantile } from '../src/statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([7]), 7);
  assert.equal(median([30, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test('a quantile is the smallest value that this share of the values does not exceed', () => {
  const oneToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(quantile(oneToHundred, 0.5), 50);
  assert.equal(quantile(oneToHundred, 0.99), 99);
  assert.equal(quantile(oneToHundred, 1), 100);
  assert.equal(quantile(oneToHundred, 0), 1);
  assert.equal(quantile([5, 1], 0.99), 5);
});

test('neither changes what it is given', () => {
  const values = [3, 1, 2];
  median(values);
  quantile(values, 0.5);
  assert.deepEqual(values, [3, 1, 2]);
});

test('of no values there is no median and no quantile', () => {
  assert.throws(() => median([]), RangeError);
  assert.throws(() => quantile([], 0.5), RangeError);
});
