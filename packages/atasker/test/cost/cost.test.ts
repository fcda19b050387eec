import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runNode } from '../support/program.ts';
import type { Cost } from './cost.ts';

const PROGRAM = fileURLToPath(new URL('cost.js', import.meta.url));

/**
 * The most that a task may cost, in multiples of the bare loop. It is 22 to 28 on Node 20 to 26, and hardly depends on
 * what else the machine does. The time of a batch is the lowest quartile of many batches.
 */
const MOST = 36;

test('a task costs no more than a fixed multiple of a bare loop over shared memory', async () => {
  const { stdout } = await runNode([PROGRAM, '--json'], { limitMs: 120_000 });
  const { submit, thread, report, all, bare } = JSON.parse(stdout) as Cost;
  assert.ok(Math.min(submit, thread, report, bare) > 0, stdout);
  assert.ok(all / bare < MOST, `${(all / bare).toFixed(1)} times the bare loop: ${stdout}`);
});
