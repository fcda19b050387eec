import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pool } from '../src/contenders/contender.ts';
import { runRounds } from '../src/rounds.ts';
import { ROW_NAMES, rowOf, ROWS, type RowName } from '../src/rows/index.ts';
import { WrongResult } from '../src/rows/row.ts';

/** One each for threads, for priorities, for processes, and for queues of promises. */
const ROWS_FOR_ALL: ReadonlySet<RowName> = new Set([
  'all-at-once',
  'round-trip',
  'high-blocking',
  'processes',
  'values-threads',
  'values-processes',
  'async',
]);

const wrongPool: Pool = {
  run: async () => -1,
  runUrgent: async () => -1,
  echo: async () => -1,
  close: async () => {},
};

for (const row of ROW_NAMES) {
  suite(row, () => {
    for (const contender of rowOf(row).contenders) {
      if (contender !== 'atasker' && !ROWS_FOR_ALL.has(row)) continue;
      test(`${contender} gives right results`, async () => {
        const [series] = await runRounds({ rows: [row], contenders: [contender], rounds: 1, scale: 'tiny' });
        assert.equal(series?.failure, null);
        assert.equal(series.rounds[0]?.length, rowOf(row).metrics.length);
        assert.ok(series.rounds[0]?.every((value) => Number.isFinite(value)));
        if (contender === 'atasker') assert.deepEqual(series.notes, []);
      });
    }
  });
}

for (const [name, row] of Object.entries(ROWS)) {
  if (!('work' in row)) continue;
  test(`${name}: a contender with wrong results is refused`, async () => {
    await assert.rejects(row.work(wrongPool, 'tiny', 0), WrongResult);
  });
}
