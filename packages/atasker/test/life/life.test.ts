import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import '../support/leaks.ts';
import { AllAtOnce } from './all-at-once.ts';
import { Life } from './life.ts';
import { anyOps, anyOpsWithLoop, anyPools } from './ops.ts';

/** fast-check prints the seed of a failure. What does not happen hangs, and is one; smaller examples would hang as long. */
const options = { numRuns: Number(process.env['ATASKER_TEST_LIVES'] ?? 20), timeout: 60_000, endOnFailure: true };

describe('random life:', () => {
  test('whatever is done to a supervisor, step by step, it does what the model says', async () => {
    const property = fc.asyncProperty(anyPools, anyOps, async (pools, ops) => {
      const life = new Life(pools);
      try {
        for (const op of ops) await life.do(op);
        await life.finish();
      } finally {
        await life.close();
      }
    });
    await fc.assert(property, options);
  });

  test('whatever is done at the same time, each task ends once, in an allowed way, and nothing is left', async () => {
    const property = fc.asyncProperty(anyPools, anyOpsWithLoop, fc.boolean(), async (pools, ops, cancelTasks) => {
      const life = new AllAtOnce(pools);
      try {
        for (const op of ops) life.do(op);
        await life.finish(cancelTasks);
      } finally {
        await life.close();
      }
    });
    await fc.assert(property, options);
  });
});
