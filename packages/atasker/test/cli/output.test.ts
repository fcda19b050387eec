import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { runNode, type Finished } from '../support/program.ts';
import { cli, folder, limit } from './command.ts';

const atasker = `'${process.execPath}' '${cli}'`;

/** Runs a command of the shell. */
function inShell(command: string): Promise<Finished> {
  const program = `process.exit(require('child_process').spawnSync('sh', ['-c', process.argv[1]], { stdio: 'inherit' }).status)`;
  return runNode(['-e', program, command], { cwd: folder });
}

describe('atasker', { ...limit, skip: !existsSync('/dev/full') }, () => {
  for (const command of ['map tasks.js#double 1 2 3', 'run tasks.js#double 1', '--help']) {
    test(`${command}: a full disk is one line and exit code 1`, async () => {
      const { stderr, code } = await inShell(`${atasker} ${command} > /dev/full`);
      assert.match(stderr, /^atasker: standard output cannot be written: ENOSPC[^\n]*\n$/);
      assert.equal(code, 1);
    });
  }

  test('ends without a word when nobody reads its output any more', async () => {
    const { stderr, code } = await inShell(`${atasker} map tasks.js#double 1 2 3 | true; exit 0`);
    assert.deepEqual([stderr, code], ['', 0]);
  });

  test('refuses a line of standard input that no string can hold, after the lines before it', async () => {
    const input = '{ echo 1; head -c 70000000 /dev/zero | tr "\\0" a; }';
    const { stdout, stderr, code } = await inShell(`${input} | ${atasker} map tasks.js#double --stdin --unordered`);
    assert.equal(stderr, 'atasker: line 2 of standard input is longer than 64 MiB\n');
    assert.match(stdout, /^\{"input":"1"/);
    assert.equal(code, 2);
  });
});
