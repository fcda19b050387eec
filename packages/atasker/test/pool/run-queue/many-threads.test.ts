import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { meet, shareCounts } from './counted.ts';

const THREADS = 40;

test('a pool of 40 threads runs 40 tasks at once', async () => {
  shareCounts(1);
  await within({ threadPool: { poolSize: THREADS } }, async (supervisor) => {
    const tasks = Array.from({ length: THREADS }, () => meet.with({ supervisor, priority: 'low' })(THREADS));
    assert.deepEqual(
      await Promise.all(tasks),
      Array.from({ length: THREADS }, () => THREADS),
    );
  });
});
