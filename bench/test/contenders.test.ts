import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pool } from '../src/contenders/contender.ts';
import { runRounds } from '../src/rounds.ts';
import { contendersOf, ROW_NAMES, ROWS, type RowName } from '../src/rows/index.ts';
import { WrongResult } from '../src/rows/row.ts';

/** One without priorities, one with. */
const ROWS_FOR_ALL: ReadonlySet<RowName> = new Set(['all-at-once', 'high-blocking']);

const wrongPool: Pool = {
  run: async () => -1,
  runUrgent: async () => -1,
  close: async () => {},
};

for (const row of ROW_NAMES) {
  suite(row, () => {
    for (const contender of contendersOf(row)) {
      if (contender !== 'atasker' && !ROWS_FOR_ALL.has(row)) continue;
      test(`${contender} gives right results`, async () => {
        const [series] = await runRounds({ rows: [row], contenders: [contender], rounds: 1, scale: 'tiny' });
        assert.equal(series?.failure, null);
        assert.equal(series.rounds[0]?.length, ROWS[row].metrics.length);
        assert.ok(series.rounds[0]?.every((value) => value > 0));
      });
    }

    test('a contender with wrong results is refused', async () => {
      await assert.rejects(ROWS[row].measure(wrongPool, 'tiny'), WrongResult);
    });
  });
}
