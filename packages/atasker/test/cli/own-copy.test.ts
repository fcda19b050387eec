import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageFolder, runNode } from '../support/program.ts';
import { cli, folder } from './command.ts';

test('a command line that is installed elsewhere uses the copy of the library that the tasks use', async () => {
  const project = mkdtempSync(`${packageFolder}build/own-copy-`); // dependencies are found above it
  try {
    const copy = join(project, 'node_modules/atasker');
    for (const part of ['package.json', 'dist']) cpSync(packageFolder + part, join(copy, part), { recursive: true });
    writeFileSync(join(project, 'package.json'), '{}'); // else the files here would be the package's own
    cpSync(`${folder}tasks.js`, join(project, 'tasks.mjs'));
    const inputs = ['a', 'b', 'c', 'd'];
    const args = [cli, 'map', 'tasks.mjs#logged', '--threads', '1', ...inputs];
    const { stderr, code } = await runNode(args, { cwd: project });
    assert.equal(stderr, inputs.map((input) => `began ${input}\nended ${input}\n`).join(''));
    assert.equal(code, 0);
  } finally {
    rmSync(project, { recursive: true });
  }
});
