import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { runNode } from '../support/program.ts';
import { cli, folder, limit } from './command.ts';

const skip = spawnSync('script', ['--version']).status === 0 ? false : 'there is no script(1) to make a terminal';

const atasker = `'${process.execPath}' '${cli}'`;

/** Runs a command of the shell in a terminal; gives all that the terminal was sent. */
async function inTerminal(command: string): Promise<{ sent: string; code: number | null }> {
  const program = `const { status } = require('child_process').spawnSync('script', ['-qec', process.argv[1], '/dev/null'], { stdio: ['ignore', 'inherit', 'inherit'] }); process.exit(status)`;
  const { stdout, code } = await runNode(['-e', program, command], { cwd: folder });
  return { sent: stdout, code };
}

// oxlint-disable-next-line no-control-regex -- what moves a terminal's cursor: ESC 7, ESC 8, column n, clear to the right
const PIECES = /\u001B([78])|\u001B\[(\d*)([GK])|[^\u001B]/g;

/** The rows that a terminal shows in the end. */
function rowsOf(sent: string): string[] {
  const rows: string[] = [''];
  let at = { row: 0, column: 0 };
  let saved = at;
  const here = (): string => (rows[at.row] ?? '').padEnd(at.column);
  for (const [piece, cursor, number, letter] of sent.matchAll(PIECES)) {
    if (cursor === '7') saved = { ...at };
    else if (cursor === '8') at = { ...saved };
    else if (letter === 'G') at.column = Number(number || 1) - 1;
    else if (letter === 'K') rows[at.row] = here().slice(0, at.column);
    else if (piece === '\r') at.column = 0;
    else if (piece === '\n') at.row += 1;
    else {
      rows[at.row] = here().slice(0, at.column) + piece + here().slice(at.column + 1);
      at.column += 1;
    }
  }
  return Array.from(rows, (row) => row ?? '');
}

describe('in a terminal', { ...limit, skip }, () => {
  test('a bar on standard error shows count, rate, remaining time and failures', async () => {
    const { sent, code } = await inTerminal(`${atasker} map tasks.js#picky a bad c d > /dev/null`);
    assert.match(rowsOf(sent)[0]!, /^=+ 4\/4 \| [\d.]+\/s \| 0s left \| 1 failed$/);
    assert.equal(code, 1);
  });

  test('control characters of a value or a message are shown, not obeyed', async () => {
    const title = String.raw`bad \u001b]0;mine\u0007\u009b2J`;
    const both = ['all', 'picky'].map((task) => `${atasker} run tasks.js#${task} '"${title}"'`);
    const { sent } = await inTerminal(both.join('; '));
    for (const control of ['\u001B]', '\u0007', '\u009B']) assert.ok(!sent.includes(control), JSON.stringify(sent));
    assert.ok(sent.includes(String.raw`["bad \u001b]0;mine\u0007\u009b2J"]`), sent);
    assert.ok(sent.includes(String.raw`RangeError: bad \u001b]0;mine\u0007\u009b2J is bad`), sent);
  });

  test('a bar without a total shows count and rate', async () => {
    const { sent } = await inTerminal(`seq 1 5 | ${atasker} map tasks.js#double --stdin > /dev/null`);
    assert.match(rowsOf(sent)[0]!, /^5 done \| [\d.]+\/s$/);
  });

  test('results in the same terminal stand on rows of their own, above the bar', async () => {
    const { sent } = await inTerminal(`${atasker} map tasks.js#double 1 2 3; echo after`);
    const rows = rowsOf(sent).filter((row) => row !== '');
    assert.equal(rows.length, 5, sent);
    assert.deepEqual(
      rows.slice(0, 3).map((row) => (JSON.parse(row) as { result: number }).result),
      [2, 4, 6],
    );
    assert.match(rows[3]!, /^=+ 3\/3 /);
    assert.equal(rows[4], 'after');
  });
});
