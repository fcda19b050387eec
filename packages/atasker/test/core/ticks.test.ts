import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DatedTicks, IntervalTicks, LOOK_AGAIN_MS } from '../../src/core/ticks.ts';

test('ticks do not drift, however late each is taken', () => {
  const ticks = new IntervalTicks(100, 50);
  assert.equal(ticks.dueAt(), 100);
  assert.equal(ticks.take(149), 0);
  assert.equal(ticks.dueAt(), 150);
  assert.equal(ticks.wakeAt(), 150);
});

test('of several ticks that are due one is taken, and the others are counted', () => {
  const ticks = new IntervalTicks(0, 10);
  assert.equal(ticks.take(35), 3);
  assert.equal(ticks.dueAt(), 40);
});

test('ticks that are due before a time are skipped, and a tick that is due at that time is not', () => {
  const ticks = new IntervalTicks(0, 10);
  assert.equal(ticks.skipTo(20), 2);
  assert.equal(ticks.dueAt(), 20);
  assert.equal(ticks.skipTo(15), 0);
  assert.equal(ticks.dueAt(), 20);
});

test('an interval without end is due once', () => {
  const ticks = new IntervalTicks(5, Infinity);
  assert.equal(ticks.take(7), 0);
  assert.equal(ticks.dueAt(), Infinity);
});

test('each tick is either taken or counted, once', () => {
  const steps = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 50 }), takes: fc.boolean() }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, (interval, list) => {
      const ticks = new IntervalTicks(0, interval);
      let now = 0;
      let accounted = 0;
      for (const { ms, takes } of list) {
        now += ms;
        if (!takes) accounted += ticks.skipTo(now);
        else if (ticks.dueAt() <= now) accounted += ticks.take(now) + 1;
        assert.equal(ticks.dueAt(), accounted * interval);
      }
    }),
  );
});

test('of an interval without end the only tick is skipped once, and not before its time', () => {
  const ticks = new IntervalTicks(5, Infinity);
  assert.equal(ticks.skipTo(5), 0);
  assert.equal(ticks.dueAt(), 5);
  assert.equal(ticks.skipTo(6), 1);
  assert.equal(ticks.dueAt(), Infinity);
  assert.equal(ticks.skipTo(1_000), 0);
});

test('a date of the wall clock is due when that clock shows it, also after a jump, and then at each interval', () => {
  const clock = { at: 1_000_000, date: () => clock.at };
  const ticks = new DatedTicks(1_500_000, 10, clock);
  assert.equal(ticks.dueAt(0), 500_000);
  assert.equal(ticks.wakeAt(0), LOOK_AGAIN_MS, 'the clock may jump until then');
  clock.at = 1_490_000; // it was put forward
  assert.equal(ticks.dueAt(0), 10_000);
  assert.equal(ticks.wakeAt(0), 10_000);
  assert.equal(ticks.skipTo(9_000, 0), 0);
  clock.at = 1_500_000;
  assert.equal(ticks.take(10_000), 0);
  clock.at = 0; // what comes after the date goes by the other clock
  assert.deepEqual([ticks.dueAt(10_000), ticks.wakeAt(10_000)], [10_010, 10_010]);
  assert.equal(ticks.skipTo(10_025, 10_025), 2);
  assert.equal(ticks.dueAt(10_025), 10_030);
});

test('a date that has passed can be skipped', () => {
  const ticks = new DatedTicks(100, Infinity, { date: () => 150 });
  assert.equal(ticks.dueAt(0), -50);
  assert.equal(ticks.skipTo(0, 0), 1);
  assert.equal(ticks.dueAt(0), Infinity);
});
