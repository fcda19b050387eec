import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixtures, runNode } from '../support/program.ts';
import { runtimeCommand } from '../support/runtime.ts';

/** How the shell redirects the output of the program, and which warning the program then gives. */
const outputs: readonly (readonly [shows: string, fd: 1 | 2, redirect: string, warns: RegExp | null])[] = [
  ['goes to a full disk', 1, '> /dev/full', /^what tasks print cannot be written to the standard output: ENOSPC/],
  ['goes to a full disk', 2, '2> /dev/full', /^what tasks print cannot be written to the standard error: ENOSPC/],
  ['goes to a pipe that nobody reads any more', 1, '| true', /^what tasks print cannot be .*output: .*EPIPE/],
  ['is closed', 1, '>&-', null],
  ['is closed', 2, '2>&-', null],
  ['is read', 1, '| cat > /dev/null', null],
];

describe('tasks that print', { skip: !existsSync('/dev/full'), timeout: 120_000 }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'atasker-output-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [index, [shows, fd, redirect, warns]] of outputs.entries()) {
    for (const tt of ['thread', 'process']) {
      test(`succeed while descriptor ${fd} ${shows}, and the program goes on (${tt})`, () => {
        const file = join(folder, `${index}-${tt}.json`);
        const command = [...runtimeCommand, `${fixtures}limits/prints.mjs`, tt, fd, file];
        const script = `${command.map((part) => `'${part}'`).join(' ')} ${redirect}`;
        const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
        spawnSync('sh', ['-c', script], { env, stdio: 'ignore', timeout: 60_000, killSignal: 'SIGKILL' });
        const { ends, warnings, listeners } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown[]>;
        assert.deepEqual([ends, listeners], [[fd], [0, 0]]);
        if (warns === null) assert.deepEqual(warnings, []);
        else assert.equal(warnings!.length, 1);
        if (warns !== null) assert.match(String(warnings![0]), warns);
      });
    }
  }

  test('may run in more threads than a stream may have listeners, without a warning', async () => {
    const { stdout, stderr } = await runNode(['limits/many-print.mjs']);
    assert.equal(stdout.replaceAll('printed\n', ''), 'end\n');
    assert.equal(stderr, '');
  });
});
