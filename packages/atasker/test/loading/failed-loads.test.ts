import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixtures, runNode } from '../support/program.ts';
import { runtime, types } from '../support/runtime.ts';
import { assertFine } from '../support/row.ts';

const loading = `${fixtures}loading/`;

// These programs mostly wait.
describe('loads that fail', { concurrency: 4 }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'atasker-failed-loads-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('members that start after the first result load CommonJS tasks: 400 of 400', async () => {
    for (const tt of types) assertFine(await runNode([`${loading}many.cjs`, tt]), { stdout: /^200\n200\n$/ });
  });

  for (const extension of ['mjs', 'cjs'] as const) {
    test(`a failed load in a member fails one task, and not those that wait (.${extension})`, async () => {
      for (const tt of types) {
        const args = [join(folder, `${extension}-${tt}`), extension, tt];
        assertFine(await runNode([`${loading}one-bad-member.mjs`, ...args]), { stdout: /^199 1\n$/ });
      }
    });
  }

  test('a failed load is tried again in the same member, and its definitions are counted anew', async () => {
    assertFine(await runNode([`${loading}loads-later.cjs`, join(folder, 'later')]), {
      stdout: /^(ERR_TASK_LOAD ?){6}\nbelow above\n$/,
      stderr: /^\(node:\d+\) TaskModuleWarning: \S+loads-later-tasks\.cjs threw in a pool thread, below its tasks/,
    });
  });

  test(
    'a CommonJS task can require an ES module that defines a task, because nothing else loads it meanwhile',
    { skip: !runtime.startsWith('node') },
    async () => {
      for (const tt of types) {
        assertFine(await runNode([`${loading}requires-module.cjs`, tt, join(folder, `requires-${tt}`)]), {
          stdout: /^(2 1\n0\n){2}$/,
          stderr: /^$|ExperimentalWarning/,
        });
      }
    },
  );

  for (const [what, awaited] of [
    ['drain', 'the worker ones'],
    ['put', 'the worker worker'],
    ['job', 'a job'],
    ['event', 'the worker one'],
  ] as const) {
    const skip = runtime === 'bun' && 'there it fails after `startTimeout`, without the line';
    test(`a definition below an await of a worker or a job is told at once: ${what}`, { skip }, async () => {
      for (const tt of types) {
        assertFine(await runNode([`${loading}define-service.mjs`, what, tt]), {
          stdout: new RegExp(
            `^ERR_TASK_LOAD task two cannot be loaded in a ${tt}: \\S+ awaits ${awaited} at line \\d+, [^\n]*main\\(async [^\n]*\n$`,
          ),
        });
      }
    });
  }
});
