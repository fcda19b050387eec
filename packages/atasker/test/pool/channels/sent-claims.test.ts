import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUNS_OF_BLOCK } from '../../../src/pool/channels/run-claims.ts';
import { SentClaims } from '../../../src/pool/channels/sent-claims.ts';

test('the memory of a block of claims is given up when the last of its runs has ended, and not earlier', () => {
  const told: string[] = [];
  const claims = new SentClaims((block, memory) => told.push(`${block} ${memory === null ? 'over' : 'new'}`));
  const first = RUNS_OF_BLOCK - 3; // a thread that starts late gets only the last runs of a block
  for (let run = first; run < RUNS_OF_BLOCK + 1; run += 1) claims.open(run);
  assert.deepEqual(told, ['0 new', '1 new']);
  for (let run = first + 1; run < RUNS_OF_BLOCK; run += 1) claims.close(run);
  assert.deepEqual(told, ['0 new', '1 new']);
  claims.close(first);
  assert.deepEqual(told, ['0 new', '1 new', '0 over']);
  assert.equal(claims.revoke(RUNS_OF_BLOCK), true);
});
