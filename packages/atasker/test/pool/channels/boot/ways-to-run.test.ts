import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertGone, childrenOf } from '../../../support/gone.ts';
import { fixtures, packageFolder, runNode } from '../../../support/program.ts';
import { RunningProgram } from '../../../support/running-program.ts';

const TYPES = ['thread', 'process'] as const;

/** The flags that say how Node.js runs a program are not those of its threads and processes. */
describe('a program that Node.js runs in another way', { timeout: 120_000 }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'atasker-ways-'));
    cpSync(`${fixtures}boot`, folder, { recursive: true });
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(packageFolder, join(folder, 'node_modules/atasker'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const tt of TYPES) {
    for (const flags of [['--watch'], ['--watch-path=.']]) {
      test(`starts again after a change, and leaves no process behind: ${flags.join(' ')} (${tt})`, async () => {
        const tasks = join(folder, 'tasks.mjs');
        const text = readFileSync(tasks, 'utf8');
        const program = new RunningProgram([...flags, 'main.mjs', tt, 'triple'], { cwd: folder });
        await program.waitOutput('21');
        await program.waitOutput('Completed running');
        writeFileSync(tasks, text.replace('n * 3', 'n * 4'));
        await program.waitOutput('28');
        await program.waitOutput('Completed running', 2);
        const children = childrenOf(program.child.pid!);
        program.child.kill('SIGTERM');
        await program.finished();
        await assertGone(children);
        writeFileSync(tasks, text);
      });
    }

    test(`is typed in line by line: -i (${tt})`, async () => {
      const program = new RunningProgram(['-i'], { cwd: folder });
      program.child.stdin!.write(`process.argv.push('', '${tt}', 'triple'); import('./main.mjs');\n`);
      await program.waitOutput('21');
      program.child.stdin!.end('.exit\n');
      const { stderr, code } = await program.finished();
      assert.deepEqual([stderr, code], ['', 0]);
    });
  }

  test('is only checked: nothing runs, -c', async () => {
    const { stdout, stderr, code } = await runNode(['-c', 'main.mjs', 'process', 'triple'], { cwd: folder });
    assert.deepEqual([stdout, stderr, code], ['', '', 0]);
  });
});
