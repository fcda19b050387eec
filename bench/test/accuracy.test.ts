import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Series } from '../src/endurance/accuracy.ts';

test('the average is over all periods, and a tick that was left out shows', () => {
  const series = new Series('async job', 10);
  for (const now of [5, 15, 26, 45, 55]) series.tick(now);
  assert.deepEqual(series.accuracy(), {
    kind: 'async job',
    intervalMs: 10,
    ticks: 5,
    averageMs: 12.5,
    deviationPercent: 25,
    skipped: 1,
  });
});

test('one that never ticks twice has no average', () => {
  const series = new Series('async job', 10);
  series.tick();
  assert.throws(() => series.accuracy(), RangeError);
});

test('a short measurement ends by itself and tells of all of them', () => {
  const program = fileURLToPath(new URL('../src/accuracy.js', import.meta.url));
  // Whether they are accurate is not for three seconds on a machine that runs tests.
  const { stdout, stderr } = spawnSync(process.execPath, [program, '--seconds', '3'], { encoding: 'utf8' });
  assert.equal(stderr, '');
  const [head, ...rows] = stdout.trimEnd().split('\n');
  assert.match(head!, /^kind +interval +ticks +average period +deviation +skipped$/);
  assert.deepEqual(
    rows.map((row) => row.replace(/ +/g, ' ').split(' ms')[0]),
    [10, 1000].flatMap((ms) => ['interval worker', 'async job', 'bare timer'].map((kind) => `${kind} ${ms}`)),
  );
});
