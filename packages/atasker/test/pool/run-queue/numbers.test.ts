import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backgroundTask } from 'atasker';
import { double, sample } from 'fast-check';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';

export const same = backgroundTask((...values: number[]) => values.at(-1));
const named = same.with({ name: 'a name of its own' });
export const parent = backgroundTask(async (values: number[]) => {
  const results: unknown[] = [];
  for (const value of values) results.push(await same(value));
  return results;
});

const SPECIAL = [0, -0, 1, -1, 0.1, -0.1, NaN, Infinity, -Infinity, 1e21, 123456789.9876].concat(
  [Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, Number.MAX_SAFE_INTEGER],
  [2 ** 53, -(2 ** 31), 2 ** 31, 2 ** 32, 2 ** 32 + 1],
);

/** More than all rings and entries have room for. */
const MANY = 3_000;

for (const transport of ['shared', 'message'] as const) {
  test(`every number arrives as it is, there and back, however many tasks wait (${transport})`, async () => {
    const random = sample(double(), MANY - SPECIAL.length);
    const values = [...SPECIAL, ...random];
    await within({ transport, threadPool: { poolSize: 2 } }, async (supervisor) => {
      const ways = [same, named, same.with({ timeout: '1m' }), same.with({ priority: 'critical' })];
      for (const way of ways) {
        const call = way.with({ supervisor });
        const results = await Promise.all(values.map((value) => call(value)));
        assertSame(results, values);
      }
      assertSame(await Promise.all(values.map((value) => same.with({ supervisor })(1, value))), values);
      assertSame((await parent.with({ supervisor })(SPECIAL)) as number[], SPECIAL);
    });
  });
}

/** Compares with Object.is, which tells -0 from 0, and takes NaN for NaN. */
function assertSame(results: readonly unknown[], values: readonly number[]): void {
  assert.equal(results.length, values.length);
  const wrong = values.filter((value, at) => !Object.is(results[at], value));
  assert.deepEqual(wrong, []);
}
