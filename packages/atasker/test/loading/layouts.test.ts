import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fixtures, packageFolder, runNode } from '../support/program.ts';
import { assertFine, row } from '../support/row.ts';

const loading = `${fixtures}loading/`;

describe('wherever the files lie:', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'atasker-loading-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(packageFolder, join(folder, 'node_modules/atasker'));
  });
  after(() => rmSync(folder, { recursive: true }));

  row('a main file that deletes its output folder does so once', async () => {
    const output = join(folder, 'output');
    assertFine(await runNode([`${loading}delete-output.mjs`, output]), { stdout: /^all there\n$/ });
    assert.equal(readFileSync(`${output}.runs`, 'utf8'), 'run ');
  });

  row('in folders with spaces and letters of all kinds', async () => {
    const strange = join(folder, 'a b', 'ünïcode 日本 #1 100%');
    cpSync(loading, strange, { recursive: true });
    assertFine(await runNode([join(strange, 'esm.mjs')]), { stdout: /^double 42 in a pool thread true\n$/ });
    assertFine(await runNode([join(strange, 'cjs.cjs')]), { stdout: /^double 42\n$/ });
    assertFine(await runNode([join(strange, 'one-file.mjs')]), { stdout: /^begin\ntriple 43\n$/ });
  });

  row('a symlinked package with tasks, and a symlinked main file', async () => {
    cpSync(loading, join(folder, 'package'), { recursive: true });
    symlinkSync(join(folder, 'package'), join(folder, 'node_modules/jobs'));
    writeFileSync(
      join(folder, 'uses-jobs.mjs'),
      `import { double } from 'jobs/tasks.mjs';\nconsole.log(await double(1));\n`,
    );
    assertFine(await runNode([join(folder, 'uses-jobs.mjs')]), { stdout: /^2\n$/ });
    symlinkSync(join(folder, 'package/one-file.mjs'), join(folder, 'linked.mjs'));
    assertFine(await runNode([join(folder, 'linked.mjs')]), { stdout: /^begin\ntriple 43\n$/ });
  });

  row('two copies of the library in one program, each with its own tasks', async () => {
    const copy = join(folder, 'copy/node_modules/atasker');
    cpSync(`${packageFolder}dist`, join(copy, 'dist'), { recursive: true });
    cpSync(`${packageFolder}package.json`, join(copy, 'package.json'));
    symlinkSync(join(packageFolder, '../../node_modules'), join(folder, 'copy/node_modules/atasker/node_modules'));
    writeFileSync(
      join(folder, 'copy/other.mjs'),
      `import { backgroundTask } from 'atasker';\nexport const other = backgroundTask(() => 'other');\n`,
    );
    const main = `import { backgroundTask } from 'atasker';
import { other } from './copy/other.mjs';
const own = backgroundTask(() => 'own');
console.log(await own(), await other());\n`;
    writeFileSync(join(folder, 'two-copies.mjs'), main);
    assertFine(await runNode([join(folder, 'two-copies.mjs')]), { stdout: /^own other\n$/ });
  });
});
