import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LateTicks, type Late } from '../../src/core/late-ticks.ts';
import { IntervalTicks } from '../../src/core/ticks.ts';

/** Ticks at 0, 10,000, 20,000 … ms. */
const every = (late: Late | null, intervalMs = 10_000): LateTicks =>
  new LateTicks(new IntervalTicks(0, intervalMs), late);

test('a tick that is noticed within a second is not late, whatever the rule', () => {
  for (const late of [null, 'skip', 'now', 'next'] as const) {
    const ticks = every(late);
    assert.equal(ticks.dueAt(900), 0);
    assert.equal(ticks.wakeAt(900), 900);
    ticks.take(900);
    assert.deepEqual([ticks.dueAt(900), ticks.wakeAt(900), ticks.skipped], [10_000, 10_000, 0]);
  }
});

test('late ticks are dropped with skip, and counted', () => {
  const ticks = every('skip');
  assert.equal(ticks.dueAt(25_000), 30_000);
  assert.equal(ticks.skipped, 3);
});

test('one execution makes up for all late ticks with now, and without a rule: the others are counted', () => {
  for (const late of ['now', null] as const) {
    const ticks = every(late);
    assert.equal(ticks.dueAt(25_000), 0);
    ticks.take(25_000);
    assert.deepEqual([ticks.dueAt(25_000), ticks.skipped], [30_000, 2]);
  }
});

test('late ticks are moved to the next one with next, and not counted', () => {
  const ticks = every('next');
  assert.equal(ticks.dueAt(25_000), 30_000);
  ticks.take(30_000);
  assert.deepEqual([ticks.dueAt(30_000), ticks.skipped], [40_000, 0]);
});

test('with next, a late tick that is the last one is made up for at once, and once', () => {
  const ticks = every('next', Infinity);
  assert.equal(ticks.dueAt(5_000), 5_000);
  assert.equal(ticks.wakeAt(5_000), 5_000);
  ticks.take(5_000);
  assert.deepEqual([ticks.dueAt(5_000), ticks.skipped], [Infinity, 0]);
});

test('ticks during an execution are dropped, except with now', () => {
  for (const [late, due, skipped] of [
    [null, 30_000, 2],
    ['skip', 30_000, 2],
    ['next', 30_000, 0],
    ['now', 10_000, 0],
  ] as const) {
    const ticks = every(late);
    ticks.take(0);
    ticks.ended(25_000, 25_000);
    assert.deepEqual([ticks.dueAt(25_000), ticks.skipped], [due, skipped], String(late));
  }
});

test('ticks at which nothing was wanted are dropped without being counted', () => {
  const ticks = every('skip');
  ticks.passOver(25_000);
  assert.deepEqual([ticks.dueAt(25_000), ticks.skipped], [30_000, 0]);
});
