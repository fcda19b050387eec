import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackOff } from '../../src/core/back-off.ts';

test('the pause after a failure is 10 ms, doubles up to 10 s, and a success ends it', () => {
  const backOff = new BackOff();
  const pauses: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    backOff.failed(1000);
    pauses.push(backOff.until - 1000);
  }
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_000, 10_000]);
  backOff.succeeded();
  assert.ok(backOff.until < 0);
  backOff.failed(1000);
  assert.equal(backOff.until, 1010);
});
