import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe } from 'node:test';
import { fixtures, runNode, type Finished } from '../support/program.ts';
import { assertFine, row } from '../support/row.ts';

const folder = `${fixtures}test-runners/`;
const only = 'node';
/** Of the runners: a busy machine may take longer than their 5 seconds. */
const limit = '--testTimeout=60000';
const NO_COLOR = { NO_COLOR: '1', CI: '1' };

function commandOf(name: string, file: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file);
}

describe('test runners', () => {
  row(
    'tasks defined in a test file of `node:test`',
    async () => assertFine(await runNode(['--test', `${folder}node.test.mjs`]), { stdout: /pass 2\n.*fail 0\n/s }),
    { only },
  );

  for (const pool of ['forks', 'threads']) {
    row(
      `tasks defined in test files of vitest, JavaScript and TypeScript, pool \`${pool}\``,
      async () => {
        const vitest = commandOf('vitest', 'vitest.mjs');
        const args = [vitest, 'run', '--root', `${folder}vitest`, '--pool', pool, limit];
        assertFine(await runNode(args, { env: NO_COLOR }), { stdout: /Tests +4 passed \(4\)/ });
      },
      { only },
    );
  }

  row(
    'a module that the development server of Vite evaluates, in a script with top-level await',
    async () => {
      const vite = createRequire(commandOf('vitest', 'package.json')).resolve('vite');
      const { stdout, stderr, code } = await runNode([`${fixtures}vite/server.mjs`, pathToFileURL(vite).href]);
      assertFine({ stdout, stderr, code, signal: null }, { stdout: /^server\n(42 true\n){2}$/ });
    },
    { only },
  );

  const jest = (project: string, env: Record<string, string>): Promise<Finished> =>
    runNode([commandOf('jest', 'bin/jest.js'), '--rootDir', folder + project, limit], {
      cwd: folder + project,
      env: { ...NO_COLOR, ...env },
    });

  row(
    'tasks defined in a test file of jest, with ES modules (`--experimental-vm-modules`)',
    async () => {
      const env = { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' };
      assertFine(await jest('jest-esm', env), { stdout: /^$/, stderr: /Tests: +2 passed, 2 total/ });
    },
    { only },
  );

  row(
    'tasks defined in a test file of jest, transformed to CommonJS, TypeScript',
    async () => {
      assertFine(await jest('jest-transformed', {}), { stdout: /^$/, stderr: /Tests: +2 passed, 2 total/ });
    },
    { only },
  );
});
