import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { excerpt } from '../checker/check.ts';
import { FAULTS } from './planted.ts';
import { simulate, type SimResult } from './simulate.ts';

const SEEDS = [1, 2, 3];

function report({ history, violations }: SimResult): string {
  const [first] = violations;
  if (first === undefined) return '';
  return [first.rule, first.message, ...(first.id === null ? [] : excerpt(history, first.id))].join('\n');
}

describe('with a store in memory, and programs that come and go', () => {
  const happened: SimResult['happened'][] = [];
  for (const seed of SEEDS) {
    test(`no promise is broken (seed ${seed})`, async () => {
      const result = await simulate({ seed, tasks: 3_000, fault: null });
      assert.equal(report(result), '');
      happened.push(result.happened);
    });
  }

  test('and everything that may happen has happened', () => {
    for (const what of Object.keys(happened[0]!) as (keyof SimResult['happened'])[]) {
      assert.ok(
        happened.some((counts) => counts[what] > 0),
        `there were no ${what}`,
      );
    }
  });

  test('one seed always makes the same history', async () => {
    const [one, other] = [
      await simulate({ seed: 4, tasks: 500, fault: null }),
      await simulate({ seed: 4, tasks: 500, fault: null }),
    ];
    assert.deepEqual(one.history, other.history);
  });
});

describe('a planted fault is found within three seeds', () => {
  for (const fault of FAULTS) {
    test(fault.name, async () => {
      for (const seed of SEEDS) {
        const { violations } = await simulate({ seed, tasks: 1_000, fault });
        if (violations.length > 0) return;
      }
      assert.fail('the checker found nothing');
    });
  }
});
