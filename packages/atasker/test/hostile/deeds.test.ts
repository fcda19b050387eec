import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtures, runNode } from '../support/program.ts';

const PROGRAM = `${fixtures}hostile/program.mjs`;

/** All deeds take minutes (`npm run test:hostile`); here only some are done. */
const isAll = process.env['ATASKER_HOSTILE'] === 'all';

/** At least so many deeds are done in each place, if all are. */
const LEAST = 40;

/** Where deeds are done, each how-many-th of them, and whether only some are done each time: those that others do too. */
const PLACES = [
  { place: 'task', tt: 'thread', transport: 'shared', step: 1, some: 23 },
  { place: 'task', tt: 'thread', transport: 'message', step: 1, some: 29 },
  { place: 'task', tt: 'process', transport: 'message', step: 1, some: 37 },
  { place: 'module', tt: 'thread', transport: 'shared', step: 1, some: 41 },
  { place: 'module', tt: 'thread', transport: 'message', step: 2, some: 47 },
  { place: 'module', tt: 'process', transport: 'message', step: 2, some: 59 },
  { place: 'preload', tt: 'thread', transport: 'shared', step: 1, some: 43 },
  { place: 'preload', tt: 'thread', transport: 'message', step: 2, some: 61 },
  { place: 'preload', tt: 'process', transport: 'message', step: 2, some: 71 },
] as const;

describe('200 tasks run beside harmful code:', { concurrency: 2 }, () => {
  for (const { place, tt, transport, step, some } of PLACES) {
    test(`harmful code in a ${place} (${tt}, ${transport}): the other tasks and the program end as they should`, async () => {
      const args = [PROGRAM, place, tt, transport, String(isAll ? step : some)];
      const { stdout, code, signal } = await runNode(args, { limitMs: 600_000 });
      const lines = stdout.split('\n').filter((line) => line.startsWith('deed\t'));
      const wrong = lines.filter((line) => !line.endsWith('\tfine'));
      assert.deepEqual(wrong, []);
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, `ended after ${lines.at(-1)}`);
      assert.ok(lines.length >= (isAll ? LEAST : 1), `only ${lines.length} deeds were done`);
    });
  }
});
