import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { quickOf, ROW_NAMES, rowOf } from '../src/rows/index.ts';

for (const name of ROW_NAMES) {
  suite(name, () => {
    const { contenders, metrics, targets, base } = rowOf(name);
    const quick = quickOf(rowOf(name));

    test('atasker takes part, and so does the one that all are compared with', () => {
      assert.ok(contenders.includes('atasker'));
      assert.ok(contenders.includes(base));
    });

    test('it has a target, and everything that its targets name', () => {
      assert.ok(targets.length > 0);
      for (const one of quick) assert.ok(contenders.includes(one), `no contender ${one}`);
      for (const { metric, of, times } of targets) {
        assert.ok(
          metrics.some((one) => one.name === metric),
          `no metric ${metric}`,
        );
        for (const one of [of, ...(times ?? [])]) assert.ok(quick.includes(one), `no contender ${one}`);
      }
    });

    test('a bound says which way is better: more for a rate, less for everything else', () => {
      for (const { metric, bound } of targets) {
        const { unit } = metrics.find((one) => one.name === metric)!;
        assert.equal(bound, unit === 'tasks/s' ? 'at least' : 'at most');
      }
    });

    test('its title says how much is measured, without holes', () => {
      for (const scale of ['full', 'quick', 'tiny'] as const)
        assert.doesNotMatch(rowOf(name).title(scale), /undefined|NaN|^$/);
    });
  });
}

test('no row has the title of another', () => {
  assert.equal(new Set(ROW_NAMES.map((name) => rowOf(name).title('full'))).size, ROW_NAMES.length);
});
