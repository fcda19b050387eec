import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { StartFailures } from '../../../src/pool/upkeep/start-failures.ts';

describe('starts that fail:', () => {
  test('the pause after a failed start doubles from 50 ms to 5 s, and five in a row break the pool', () => {
    const failures = new StartFailures();
    const [first, other] = [new Error('first'), new Error('other')];
    const pauses: number[] = [];
    let now = 0;
    for (let n = 1; n <= 9; n += 1) {
      failures.add(now, now, n === 1 ? first : other, false);
      pauses.push(failures.pauseUntil - now);
      assert.equal(failures.brokenBy, n >= 5 ? first : null, `after ${n} failures`);
      now = failures.pauseUntil;
    }
    assert.deepEqual(pauses, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    failures.clear();
    assert.equal(failures.brokenBy, null);
    assert.equal(failures.pauseUntil, -Infinity);
  });

  test('three that took as long as a start may take break the pool, however long that was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000 }), (limitMs) => {
        const failures = new StartFailures();
        const cause = new Error('hung');
        let since = 0;
        for (let n = 1; n <= 3; n += 1) {
          failures.add(since, since + limitMs, cause, true);
          assert.equal(failures.brokenBy, n === 3 ? cause : null);
          since = failures.pauseUntil;
        }
      }),
    );
  });

  test('many that are under way together and fail are one failure', () => {
    const failures = new StartFailures();
    for (let n = 0; n < 1000; n += 1) failures.add(0, 10 + n / 100, new Error('no memory'), n % 2 === 0);
    assert.equal(failures.brokenBy, null);
    assert.equal(failures.pauseUntil, 60);
  });

  test('with these pauses there is a bounded number of attempts before the pool is broken', () => {
    const anyAttempt = fc.record({
      ms: fc.nat(20_000),
      hasHung: fc.boolean(),
      together: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(fc.array(anyAttempt, { minLength: 5, maxLength: 5 }), (attempts) => {
        const failures = new StartFailures();
        let now = 0;
        for (const { ms, hasHung, together } of attempts) {
          const since = Math.max(now, failures.pauseUntil);
          now = since + ms;
          for (let n = 0; n < together; n += 1) failures.add(since, now, new Error('no'), hasHung);
          assert.ok(failures.pauseUntil > now, 'the next attempt waits');
        }
        assert.notEqual(failures.brokenBy, null);
      }),
    );
  });
});
