import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { runNode } from '../support/program.ts';
import { cli, folder } from './command.ts';

const skip = spawnSync('script', ['--version']).status === 0 ? false : 'there is no script(1) to make a terminal';

/** Runs a command of the shell in a terminal; gives what the terminal shows. */
async function inTerminal(command: string): Promise<{ screen: string; code: number | null }> {
  const script = `const { status } = require('child_process').spawnSync('script', ['-qec', process.argv[1], '/dev/null'], { stdio: ['ignore', 'inherit', 'inherit'] }); process.exit(status)`;
  const { stdout, code } = await runNode(['-e', script, command], { cwd: folder });
  return { screen: stdout, code };
}

describe('in a terminal', { skip }, () => {
  test('a bar on standard error shows count, rate, remaining time and failures', async () => {
    const node = `${process.execPath} ${cli}`;
    const { screen, code } = await inTerminal(`${node} map tasks.js#picky a bad c d > /dev/null`);
    assert.match(screen, /=+ 4\/4 \| [\d.]+\/s \| 0s left \| 1 failed/);
    assert.equal(code, 1);
  });

  test('a bar without a total shows count and rate', async () => {
    const node = `${process.execPath} ${cli}`;
    const { screen } = await inTerminal(`seq 1 5 | ${node} map tasks.js#double --stdin > /dev/null`);
    assert.match(screen, /5 done \| [\d.]+\/s/);
  });

  test('results in the same terminal stand on lines of their own', async () => {
    const { screen } = await inTerminal(`${process.execPath} ${cli} map tasks.js#double 1 2 3`);
    // oxlint-disable-next-line no-control-regex -- what the terminal is told
    const lines = screen.split(/\r?\n|\r|\u001B\[\d*[GK]/).filter((line) => line.startsWith('{'));
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { result: number }).result),
      [2, 4, 6],
    );
  });
});
