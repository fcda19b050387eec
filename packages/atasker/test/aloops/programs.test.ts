import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtures, runNode } from '../support/program.ts';

const run = (file: string) => runNode([`${fixtures}aloops/${file}`]);

describe('a program with an aloop', { timeout: 60_000 }, () => {
  test('that is a daemon ends by itself; tasks that are defined later run there too', async () => {
    const stdout = `first\n${'second '.repeat(12)}first\n`;
    assert.deepEqual(await run('later-definition.mjs'), { stdout, stderr: '', code: 0, signal: null });
  });

  test('that is not a daemon is kept alive until it is stopped', async () => {
    const stdout = '3\nit keeps the program alive\n';
    assert.deepEqual(await run('common.cjs'), { stdout, stderr: '', code: 0, signal: null });
  });

  test('that is a daemon is kept alive by each of its stops, and ends by itself after the last start', async () => {
    assert.deepEqual(await run('restarted-daemon.mjs'), { stdout: '2\n3\n4\n5\n', stderr: '', code: 0, signal: null });
  });

  test('shows all that its tasks have written', async () => {
    const { stdout, ...end } = await run('output.mjs');
    const numbers = [...stdout.matchAll(/^line (\d+) \.{1000}$/gm)].map(([, n]) => Number(n));
    assert.deepEqual(
      numbers,
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    assert.deepEqual(end, { stderr: '', code: 0, signal: null });
  });
});
