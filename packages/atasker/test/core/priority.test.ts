import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FROM_THE_TOP, PRIORITIES, higherOf } from '../../src/core/priority.ts';

test('the priorities are the four of atasker, lowest first', () => {
  assert.deepEqual(PRIORITIES, ['low', 'normal', 'high', 'critical']);
});

test('from the top the most urgent priority comes first', () => {
  assert.deepEqual(FROM_THE_TOP, ['critical', 'high', 'normal', 'low']);
});

test('the higher of two priorities does not depend on their order', () => {
  const rows = [
    ['low', 'low', 'low'],
    ['low', 'normal', 'normal'],
    ['low', 'high', 'high'],
    ['low', 'critical', 'critical'],
    ['normal', 'normal', 'normal'],
    ['normal', 'high', 'high'],
    ['normal', 'critical', 'critical'],
    ['high', 'high', 'high'],
    ['high', 'critical', 'critical'],
    ['critical', 'critical', 'critical'],
  ] as const;
  for (const [a, b, higher] of rows) {
    assert.equal(higherOf(a, b), higher);
    assert.equal(higherOf(b, a), higher);
  }
});
