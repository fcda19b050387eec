import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concurrencyOf, limitFor, mayStart, startable, type Limits } from '../../src/core/limits.ts';
import { PRIORITIES, type Priority } from '../../src/core/priority.ts';
import { anyLimits, hasRoom } from './naive-pool.ts';

const limits = (poolSize: number, reserveNormal: number, reserveHigh: number): Limits => ({
  poolSize,
  reserveNormal,
  reserveHigh,
});

test('each priority may use the slots below it and its own reserve, critical tasks are never held back', () => {
  const table = [
    { of: limits(1, 0, 0), low: 1, normal: 1, high: 1, critical: Infinity },
    { of: limits(4, 1, 1), low: 4, normal: 5, high: 6, critical: Infinity },
    { of: limits(2, 3, 0), low: 2, normal: 5, high: 5, critical: Infinity },
    { of: limits(2, 0, 3), low: 2, normal: 2, high: 5, critical: Infinity },
    { of: limits(10, 20, 30), low: 10, normal: 30, high: 60, critical: Infinity },
  ];
  for (const row of table) {
    for (const priority of PRIORITIES) assert.equal(limitFor(priority, row.of), row[priority]);
  }
});

test('a pool of size 0 or Infinity has no limit, whatever the reserves', () => {
  for (const poolSize of [0, Infinity]) {
    for (const reserve of [0, 1, 5]) {
      for (const priority of PRIORITIES) {
        assert.equal(limitFor(priority, limits(poolSize, reserve, reserve)), Infinity);
        assert.equal(mayStart(priority, 1_000_000, limits(poolSize, reserve, reserve)), true);
      }
    }
  }
});

test('a map has as many inputs in progress as the pool has slots, and a fixed number if the pool has no limit', () => {
  assert.equal(concurrencyOf(limits(3, 1, 1)), 3);
  for (const poolSize of [0, Infinity]) assert.equal(concurrencyOf(limits(poolSize, 1, 1)), 64);
});

test('a task may start just below its limit, not at it and not above it', () => {
  const pool = limits(2, 1, 1);
  const limitOf = { low: 2, normal: 3, high: 4 };
  for (const priority of ['low', 'normal', 'high'] as const) {
    assert.equal(mayStart(priority, 0, pool), true);
    assert.equal(mayStart(priority, limitOf[priority] - 1, pool), true);
    assert.equal(mayStart(priority, limitOf[priority], pool), false);
    assert.equal(mayStart(priority, limitOf[priority] + 1, pool), false);
  }
  assert.equal(mayStart('critical', 1_000, pool), true);
});

test('the number of startable tasks is the number that start one by one, each time the most urgent that has room', () => {
  const count = fc.nat(6);
  const anyWaiting = fc.record({ low: count, normal: count, high: count, critical: count });
  fc.assert(
    fc.property(anyWaiting, fc.nat(12), anyLimits, (waiting, running, pool) => {
      assert.equal(
        startable((priority) => waiting[priority], running, pool),
        startOneByOne(waiting, running, pool),
      );
    }),
    { numRuns: 2_000 },
  );
});

function startOneByOne(waiting: Record<Priority, number>, running: number, pool: Limits): number {
  const left = { ...waiting };
  for (let started = 0; ; started += 1) {
    const highest = PRIORITIES.findLast((each) => left[each] > 0 && hasRoom(each, running + started, pool));
    if (highest === undefined) return started;
    left[highest] -= 1;
  }
}
