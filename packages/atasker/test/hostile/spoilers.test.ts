import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtures, runNode } from '../support/program.ts';

const PROGRAM = `${fixtures}hostile/spoilers.mjs`;

const KINDS = {
  exits: 'call process.exit() a moment after they have ended',
  blocks: 'block their event loop a moment after they have ended',
  hooks: 'leave an async hook that throws',
};

const POOLS = ['thread shared', 'thread message', 'process message'] as const;

describe('many tasks that spoil their thread or process:', { concurrency: 2 }, () => {
  for (const [kind, what] of Object.entries(KINDS)) {
    for (const pool of POOLS) {
      test(`tasks that have not begun are not lost beside tasks that ${what} (${pool})`, async () => {
        const { stdout, code, signal } = await runNode([PROGRAM, ...pool.split(' '), kind], { limitMs: 120_000 });
        assert.equal(stdout, '0 undefined\n');
        assert.deepEqual({ code, signal }, { code: 0, signal: null });
      });
    }
  }
});
