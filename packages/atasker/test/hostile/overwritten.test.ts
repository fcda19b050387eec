import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtures, runNode } from '../support/program.ts';

const PROGRAM = `${fixtures}hostile/overwritten.mjs`;

/** How many tasks have ended in which way. */
type Ends = Readonly<Record<string, number>>;

const total = (ends: Ends): number => Object.values(ends).reduce((sum, count) => sum + count, 0);

describe('code in a thread overwrites the memory that its pool shares:', { timeout: 300_000 }, () => {
  for (const moment of ['busy', 'idle', 'stop', 'again']) {
    for (const words of ['zeros', 'ones', 'random', 'small']) {
      test(`every task ends, later tasks succeed, and the program ends by itself (${words}, ${moment})`, async () => {
        const { stdout, stderr, code } = await runNode([PROGRAM, words, moment], { limitMs: 30_000 });
        assert.equal(code, 0, stderr);
        const { ends, after } = JSON.parse(stdout) as { ends: Ends; after: Ends };
        assert.equal(total(ends), 201);
        const known = new Set(['fulfilled', 'ERR_TASK_LOST', ...(moment === 'stop' ? ['ERR_TASK_CANCELED'] : [])]);
        assert.deepEqual(
          Object.keys(ends).filter((end) => !known.has(end)),
          [],
        );
        assert.deepEqual(after, moment === 'stop' ? {} : { fulfilled: 20 });
      });
    }
  }
});
