import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runNode } from './support/program.ts';

for (const transport of ['shared', 'message']) {
  describe(`threads that are idle for about idleTimeout while parents wait for their children (${transport}):`, () => {
    test('the program never freezes', async () => {
      const { stdout, stderr, signal } = await runNode(['pool/idle-parents.mjs', transport, '5000']);
      assert.deepEqual([stdout, stderr, signal], ['fine\n', '', null]);
    });
  });
}
