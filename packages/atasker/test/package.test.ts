import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packageFolder, runNode } from './support/program.ts';

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

const TASKS = `import { backgroundTask } from 'atasker';
export const thumbnail = backgroundTask(function thumbnail(image: Uint8Array, width: number) {
  return image.subarray(0, width);
});
`;

const MAIN = `import { TaskSupervisor } from 'atasker';
import { inlineTasks, ManualClock, type InlineTasks } from 'atasker/testing';
import { thumbnail } from './tasks.js';
const small: Uint8Array = await thumbnail(new Uint8Array([1, 2, 3]), 2);
console.log(small);
// @ts-expect-error a wrong argument is an error
() => thumbnail('text', 2);
const inline: InlineTasks = inlineTasks({ clone: false });
await inline.stop();
new TaskSupervisor({ clock: new ManualClock() });
`;

describe('the package, installed from its tarball into an empty project:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-package-'));
  const install = (...args: string[]): string =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  before(() => {
    const [{ filename }] = JSON.parse(install('pack', packageFolder, '--json', '--ignore-scripts')) as [
      { filename: string },
    ];
    writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "type": "module" }');
    install('install', `./${filename}`, '--prefer-offline', '--no-audit', '--no-fund');
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  test('has what it needs and nothing else', () => {
    const files = readdirSync(join(folder, 'node_modules/atasker'), { recursive: true, encoding: 'utf8' });
    const entries = ['index.js', 'index.d.ts', 'cli.js', 'testing.js', 'testing/index.d.ts'];
    for (const file of ['LICENSE', 'README.md', 'package.json', ...entries.map((entry) => `dist/${entry}`)]) {
      assert.ok(files.includes(file), file);
    }
    assert.deepEqual(
      files.filter((file) => /test(?!ing)|build|src|\.map$|(?<!\.d)\.ts$/.test(file)),
      [],
    );
  });

  test('runs as an ES module', async () => {
    writeFileSync(join(folder, 'tasks.mjs'), TASKS.replace(/: Uint8Array|: number/g, ''));
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { thumbnail } from './tasks.mjs';\nconsole.log(await thumbnail(new Uint8Array([1, 2, 3]), 2));\n`,
    );
    assert.deepEqual(await runNode([join(folder, 'main.mjs')]), {
      stdout: 'Uint8Array(2) [ 1, 2 ]\n',
      stderr: '',
      code: 0,
      signal: null,
    });
  });

  test('runs as CommonJS, in one file', async () => {
    const program = `const { backgroundTask } = require('atasker');
const thumbnail = backgroundTask(function thumbnail(image, width) { return image.subarray(0, width); });
thumbnail(new Uint8Array([1, 2, 3]), 2).then(console.log);\n`;
    writeFileSync(join(folder, 'main.cjs'), program);
    assert.deepEqual(await runNode([join(folder, 'main.cjs')]), {
      stdout: 'Uint8Array(2) [ 1, 2 ]\n',
      stderr: '',
      code: 0,
      signal: null,
    });
  });

  test('atasker/testing works with it, as an ES module and as CommonJS', async () => {
    const body = `
const inline = inlineTasks();
const task = backgroundTask(() => process.pid === pid);
const pid = process.pid;
task().then(console.log).then(() => inline.stop()).then(() => console.log(new ManualClock().now()));
`;
    const programs = {
      'testing.mjs': `import { backgroundTask } from 'atasker';
import { inlineTasks, ManualClock } from 'atasker/testing';${body}`,
      'testing.cjs': `const { inlineTasks, ManualClock } = require('atasker/testing');
const { backgroundTask } = require('atasker');${body}`,
    };
    for (const [file, program] of Object.entries(programs)) {
      writeFileSync(join(folder, file), program);
      assert.deepEqual(await runNode([join(folder, file)]), { stdout: 'true\n0\n', stderr: '', code: 0, signal: null });
    }
  });

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    test(`its types resolve under moduleResolution ${moduleResolution}`, async () => {
      writeFileSync(join(folder, 'tasks.ts'), TASKS);
      writeFileSync(join(folder, 'main.ts'), `${MAIN}export {};\n`);
      const options = [
        '--module',
        module,
        '--moduleResolution',
        moduleResolution,
        '--target',
        'es2022',
        '--strict',
        '--types',
        'node',
      ];
      const typeRoots = ['--typeRoots', join(packageFolder, '../../node_modules/@types')];
      const args = [tsc, ...options, ...typeRoots, '--ignoreConfig', 'main.ts'];
      const { stdout, code } = await runNode(args, { cwd: folder });
      assert.equal(stdout, '');
      assert.equal(code, 0);
      const { stdout: printed } = await runNode([join(folder, 'main.js')]);
      assert.equal(printed, 'Uint8Array(2) [ 1, 2 ]\n');
    });
  }

  test('its command line is there', () => {
    writeFileSync(
      join(folder, 'double.mjs'),
      `import { backgroundTask } from 'atasker';\nexport const double = backgroundTask((n) => 2 * n);\n`,
    );
    assert.equal(
      execFileSync('npx', ['atasker', 'run', './double.mjs#double', '21'], { cwd: folder, encoding: 'utf8' }).trim(),
      '42',
    );
  });
});
