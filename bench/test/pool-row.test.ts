import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('support/closes-badly.js', import.meta.url));

suite('a pool that has been measured', () => {
  for (const [way, expected] of [
    ['well', 'null'],
    ['throws', 'the pool failed as it closed: Error: an unexpected message'],
    ['rejects', 'the pool failed as it closed: Error: an unexpected message'],
    ['late', 'null'],
    ['never', 'the pool did not close within 1000 ms'],
  ] as const) {
    test(`and closes '${way}' loses no values: ${expected}`, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [program, way]);
      assert.equal(stdout.trim(), expected);
    });
  }
});
