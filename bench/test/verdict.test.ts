import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { amount, judgement, verdicts, type Verdict } from '../src/verdict.ts';
import { series } from './support/series.ts';

/** at least 12 times piscina */
function atOnce(own: (number[] | null)[], piscina: (number[] | null)[]): Verdict {
  const all = verdicts([series('all-at-once', 'atasker', own), series('all-at-once', 'piscina', piscina)]);
  assert.equal(all.length, 1);
  return all[0]!;
}

suite('a target', () => {
  test('is met by the median of the ratios within the rounds', () => {
    const verdict = atOnce([[120], [300], [1300]], [[10], [20], [100]]);
    assert.deepEqual(verdict.measured, { median: 13, least: 12, most: 15, isUnanimous: true });
    assert.equal(verdict.met, true);
    assert.equal(judgement(verdict), 'met');
  });

  test('is missed, and the words say by how much', () => {
    assert.equal(judgement(atOnce([[10]], [[10]])), 'missed by a factor of 12');
    assert.equal(judgement(atOnce([[100]], [[10]])), 'missed by 17 %');
  });

  test('that a round saw otherwise is said', () => {
    assert.equal(judgement(atOnce([[110], [130], [140]], [[10], [10], [10]])), 'met, not in every round');
    assert.equal(
      judgement(atOnce([[60], [60], [130]], [[10], [10], [10]])),
      'missed by a factor of 2, not in every round',
    );
  });

  test('is neither without both sides in one round', () => {
    const verdict = atOnce([[120], null], [null, [10]]);
    assert.equal(verdict.met, null);
    assert.equal(judgement(verdict), 'not measured');
  });

  test('in the unit of the figure needs nobody else', () => {
    const [inUs, ...others] = verdicts([series('round-trip', 'atasker', [[15, 99]])]);
    assert.equal(inUs?.met, false);
    assert.equal(judgement(verdicts([series('round-trip', 'atasker', [[6, 99]])])[0]!), 'missed by 20 %');
    assert.equal(judgement(inUs), 'missed by a factor of 3');
    assert.equal(amount(15, inUs), '15 µs');
    assert.deepEqual(
      others.map(({ met }) => met),
      [null, false],
    );
  });

  test('of none at all is missed by what there is', () => {
    const [, leftOpen] = verdicts([series('import', 'atasker', [[20, 2]])]);
    assert.equal(judgement(leftOpen!), 'missed by 2 handles');
    const [, nothing] = verdicts([series('import', 'atasker', [[20, 0]])]);
    assert.equal(judgement(nothing!), 'met');
  });

  test('over several peers is over the best one of the round', () => {
    const own = series('processes', 'atasker', [[80], [80]]);
    const peers = [
      series('processes', 'tinypool', [[1], [10]]),
      series('processes', 'workerpool', [[10], [1]]),
      series('processes', 'jest-worker', [[2], [2]]),
    ];
    const [verdict] = verdicts([own, ...peers]);
    assert.deepEqual(verdict?.measured, { median: 8, least: 8, most: 8, isUnanimous: true });
    assert.equal(amount(8, verdict), '8 times the best of tinypool, workerpool, jest-worker');
    assert.equal(verdicts([own, peers[0]!])[0]?.met, null);
  });

  test('may be of another contender', () => {
    const all = verdicts([
      series('async', 'atasker', [[7]]),
      series('async', 'atasker without context', [[6]]),
      series('async', 'fastq', [[10]]),
      series('async', 'p-queue with priorities', [[0.5]]),
    ]);
    assert.deepEqual(
      all.map(({ met }) => met),
      [true, true, false, true],
    );
  });
});
