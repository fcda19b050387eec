import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { installPackage, newcomersEnv } from './support/packed.ts';
import { packageFolder, runNode } from './support/program.ts';
import { compileWithTypeScript5 } from './support/typescript-5.ts';

const typeScript7 = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

/** Who compiles a program that uses the package: `main.ts` in an ES module, `main.cts` or CommonJS output. */
const COMPILERS = [
  {
    compiler: 'TypeScript 5',
    compile: compileWithTypeScript5,
    rows: [
      { file: 'main.ts', module: 'esnext', moduleResolution: 'node10' },
      { file: 'main.ts', module: 'commonjs', moduleResolution: 'node10' },
      { file: 'main.mts', module: 'node16', moduleResolution: 'node16' },
      { file: 'main.cts', module: 'node16', moduleResolution: 'node16' },
      { file: 'main.mts', module: 'nodenext', moduleResolution: 'nodenext' },
      { file: 'main.cts', module: 'nodenext', moduleResolution: 'nodenext' },
      { file: 'main.ts', module: 'esnext', moduleResolution: 'bundler' },
    ],
  },
  {
    compiler: 'TypeScript 7',
    compile: (folder: string) =>
      spawnSync(process.execPath, [join(typeScript7, 'bin/tsc'), '-p', folder], { encoding: 'utf8' }).stdout,
    rows: [
      { file: 'main.mts', module: 'nodenext', moduleResolution: 'nodenext', skipLibCheck: false },
      { file: 'main.cts', module: 'nodenext', moduleResolution: 'nodenext', skipLibCheck: false },
      { file: 'main.ts', module: 'esnext', moduleResolution: 'bundler' },
    ],
  },
] as const;

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

/** CommonJS has no await at the top level. */
function inAFunction(program: string): string {
  const [imports, body] = [/^import .*$/gm, /^(?!import ).*$/gm].map((lines) => program.match(lines)!.join('\n'));
  return `${imports}\nasync function main() {\n${body}\n}\nvoid main();\n`;
}

interface Link {
  readonly from: string;
  readonly path: string;
}

/** The links of a document to other files. */
function linksOf(folder: string, document: string): Link[] {
  const text = readFileSync(join(folder, document), 'utf8');
  const targets = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
  return targets.map((target) => ({ from: document, path: join(folder, dirname(document), target) }));
}

describe('the package, installed from its tarball into an empty project:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-package-'));

  before(() => {
    writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "type": "module" }');
    installPackage(folder);
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  test('has what it needs and nothing else', () => {
    const files = readdirSync(join(folder, 'node_modules/atasker'), { recursive: true, encoding: 'utf8' });
    const entries = [
      'index.js',
      'index.d.ts',
      'cli.js',
      'testing.js',
      'testing/index.d.ts',
      'remote.js',
      'remote.d.ts',
    ];
    for (const file of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'docs/README.md',
      'package.json',
      ...entries.map((entry) => `dist/${entry}`),
    ]) {
      assert.ok(files.includes(file), file);
    }
    assert.deepEqual(
      files.filter((file) => /test(?!ing)|build|src|\.map$|(?<!\.d)\.[mc]?ts$/.test(file)),
      [],
    );
  });

  test('every link in its README and its documents leads to something that is in it', () => {
    const installed = join(folder, 'node_modules/atasker');
    const documents = ['README.md', ...readdirSync(join(installed, 'docs')).map((name) => `docs/${name}`)];
    const links = documents.filter((name) => name.endsWith('.md')).flatMap((name) => linksOf(installed, name));
    assert.ok(links.length > 50, `${links.length} links`);
    assert.deepEqual(
      links.filter(({ path }) => !existsSync(path)),
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

  for (const { compiler, compile, rows } of COMPILERS) {
    for (const { file, ...options } of rows) {
      test(`its types resolve in ${compiler}, ${file}, with module ${options.module}, moduleResolution ${options.moduleResolution}`, async () => {
        const [, extension] = file.split('.');
        const javaScript = extension!.replace('ts', 'js');
        const isCommonJs = extension === 'cts' || options.module === 'commonjs';
        const program = join(folder, `${compiler} ${options.module} ${options.moduleResolution} ${extension}`);
        mkdirSync(program);
        writeFileSync(join(program, 'package.json'), isCommonJs ? '{}' : '{ "type": "module" }');
        writeFileSync(join(program, `tasks.${extension}`), TASKS);
        const main = MAIN.replace('tasks.js', `tasks.${javaScript}`);
        writeFileSync(join(program, file), isCommonJs ? inAFunction(main) : main);
        const compilerOptions = { target: 'es2022', lib: ['es2023', 'esnext.disposable'], strict: true };
        const types = { types: ['node'], typeRoots: [join(packageFolder, '../../node_modules/@types')] };
        writeFileSync(
          join(program, 'tsconfig.json'),
          JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true, ...types, ...options } }),
        );
        assert.equal(compile(program), '');
        const { stdout: printed, stderr } = await runNode([join(program, `main.${javaScript}`)]);
        assert.deepEqual([printed, stderr], ['Uint8Array(2) [ 1, 2 ]\n', '']);
      });
    }
  }

  test('old tools, which do not know "exports", find all entries', () => {
    const installed = join(folder, 'node_modules/atasker');
    for (const entry of ['.', 'testing', 'remote']) {
      const place = join(installed, entry);
      const { main, types } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Record<string, string>;
      assert.ok(existsSync(join(place, main!)) && existsSync(join(place, types!)), entry);
    }
  });

  test('its command line is there', () => {
    writeFileSync(
      join(folder, 'double.mjs'),
      `import { backgroundTask } from 'atasker';\nexport const double = backgroundTask((n) => 2 * n);\n`,
    );
    assert.equal(
      execFileSync('npx', ['atasker', 'run', './double.mjs#double', '21'], {
        cwd: folder,
        encoding: 'utf8',
        env: newcomersEnv(),
      }).trim(),
      '42',
    );
  });
});
