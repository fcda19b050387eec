import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { slope } from '../src/endurance/soak.ts';

test('the slope is that of the line nearest to all samples', () => {
  const noise = [3, -3, -3, 3];
  const samples = noise.map((off, n) => ({ tasks: n * 100, heapBytes: 5000 + n * 250 + off }));
  assert.equal(slope(samples), 2.5);
});

test('a short soak ends by itself and tells of the heap, of handles and of listeners', () => {
  const program = fileURLToPath(new URL('../src/soak.js', import.meta.url));
  const args = ['--expose-gc', program, '--tt', 'async', '--tasks', '100000'];
  // Whether it passes is not for so few tasks: 100 KB that are there once would be a byte for each.
  const { stdout: printed } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(printed, /^start: 22000 tasks, heap .* handles, .* listeners\nend: {3}100000 tasks, .*\n/);
  assert.match(printed, /100000 async tasks in \d+ s: -?\d\.\d+ bytes of heap per task\n$/);
});
