import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackOff } from '../../src/core/back-off.ts';

test('the pause after a failure is 10 ms, doubles up to 10 s, and a success ends it', () => {
  const backOff = new BackOff();
  const pauses: number[] = [];
  for (let now = 1000; pauses.length < 12; now = backOff.until) {
    backOff.failed(now, now);
    pauses.push(backOff.until - now);
  }
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_000, 10_000]);
  backOff.succeeded(backOff.until);
  assert.ok(backOff.until < 0);
  backOff.failed(1000, 1000);
  assert.equal(backOff.until, 1010);
});

test('failures of concurrent executions cause one pause, which begins at the last of them', () => {
  const backOff = new BackOff();
  for (const now of [1000, 1000, 1003, 1007]) backOff.failed(now, 990);
  assert.equal(backOff.until, 1017);
  backOff.succeeded(990);
  assert.equal(backOff.until, 1017);
  backOff.failed(1020, 1018);
  assert.equal(backOff.until, 1040);
});
