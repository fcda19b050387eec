import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runNode } from '../support/program.ts';

test('the import of the library opens no standard stream, and leaves nothing open', async () => {
  const { stdout, stderr, code } = await runNode(['import-opens.mjs']);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { streams: [], left: [] });
});
