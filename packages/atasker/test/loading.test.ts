import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { fixtures, packageFolder, runNode, type Finished } from './support/program.ts';

const loading = `${fixtures}loading/`;

/** Each program is started for real; what it prints and how it ends is the whole point. */
interface Program {
  readonly file: string;
  readonly shows: string;
  readonly stdout: RegExp;
  readonly stderr?: RegExp;
}

const programs: readonly Program[] = [
  {
    file: 'esm.mjs',
    shows: 'ES modules with tasks in a file of their own',
    stdout: /^double 42 in a pool thread true\n$/,
  },
  { file: 'cjs.cjs', shows: 'CommonJS with tasks in a file of their own', stdout: /^double 42\n$/ },
  { file: 'cjs-from-esm.mjs', shows: 'an ES module that imports CommonJS tasks', stdout: /^double 42\n$/ },
  { file: 'one-file.mjs', shows: 'one file with top-level await', stdout: /^begin\ntriple 43\n$/ },
  { file: 'one-file.cjs', shows: 'one CommonJS file', stdout: /^begin\ntriple 42\n$/ },
  { file: 'main-catch.mjs', shows: 'async function main, called at the end', stdout: /^main runs\ntriple 42\n$/ },
  {
    file: 'main-first.mjs',
    shows: 'a body above its task, whose own process.exit does not end a thread',
    stdout: /^(?=.*triple 42\n)(?!.*triple.*triple)(main runs\n|caught ReferenceError\n|triple 42\n)+$/s,
  },
  { file: 'in-main.mjs', shows: 'a body in main(), so that all of the file is there', stdout: /^main runs\nfib 8\n$/ },
  {
    file: 'self-reference.mjs',
    shows: 'a task in the main file that calls itself: the error says what to do',
    stdout:
      /^ReferenceError Cannot access 'fib' before initialization \(a pool thread evaluates the main file only down to its last task: .*main\(async/,
  },
  { file: 'helper-defined.mjs', shows: 'tasks defined by a helper of another file', stdout: /^first second\n$/ },
  { file: 'factory.mjs', shows: 'a factory that is called twice', stdout: /^11 12\n$/ },
  { file: 'same-name.mjs', shows: 'two files that define the same name', stdout: /^a b\n$/ },
  {
    file: 'one-thread-only.mjs',
    shows: 'a definition made in one thread only: never another function in its place',
    stdout:
      /^ERR_TASK_LOAD definition 1 of \S+one-thread-only-tasks.mjs is charge for the caller, but refund here: [^\n]+\n$/,
  },
  {
    file: 'missing-in-thread.mjs',
    shows: 'a definition that the thread does not make',
    stdout: /^ERR_TASK_LOAD task only cannot be loaded in a thread: \S+ defined only no task there; [^\n]+\n$/,
  },
  { file: 'http-server.mjs', shows: 'a main file with an HTTP server', stdout: /^page \/cat\n$/ },
  {
    file: 'not-at-module-level.mjs',
    shows: 'a definition inside a function: refused at the call, and fine as an async task',
    stdout:
      /^ERR_TASK_NOT_AT_MODULE_LEVEL processOrder became a task inside onOrder\(\) \(not-at-module-level\.mjs:8\), where no thread can find it\. At the top of the file: const processOrderTask = backgroundTask\(processOrder\)\. [^\n]+\nasync works\n$/,
  },
  { file: 'rewrapped.mjs', shows: 'a known function that is wrapped again inside a function', stdout: /^again 8\n$/ },
  {
    file: 'never-registers.mjs',
    shows: 'an endless loop and an endless await at import, and a pool that is whole afterwards',
    stdout:
      /^ERR_TASK_LOAD \S+loop\.mjs did not define loop within 2000 ms; it had defined first \(line 3\)[^\n]+\nERR_TASK_LOAD \S+wait\.mjs did not define wait within 2000 ms; it had defined no task[^\n]+\ndouble 8\n$/,
  },
  {
    file: 'fails-to-load.mjs',
    shows: 'a module that throws above its task, and a pool that is whole afterwards',
    stdout: /^ERR_TASK_LOAD task broken cannot be loaded[^\n]+no database here \| no database here\ndouble 8\n$/,
  },
  {
    file: 'fails-below.mjs',
    shows: 'a module that throws below its task: one warning, no failed task',
    stdout: /^fine fine fine fine\n$/,
    stderr:
      /^(?!.*below the task.*below the task)\(node:\d+\) TaskModuleWarning: \S+fails-below-tasks\.mjs threw in a pool thread, below its tasks: Error: below the task/s,
  },
  {
    file: 'leaves-timer.mjs',
    shows: 'a module that leaves a timer behind: one warning that names main',
    stdout: /^fine\n$/,
    stderr: /TaskModuleWarning: \S+leaves-timer-tasks\.mjs leaves timers behind .* main\(async/,
  },
  { file: 'own-timer.mjs', shows: 'a first task with a timer of its own: no warning', stdout: /^rested\n$/ },
  { file: 'exits-at-load.mjs', shows: 'a module that calls process.exit below its task', stdout: /^fine\n$/ },
  {
    file: 'later-definition.mjs',
    shows: 'a definition made after a thread has loaded the main file',
    stdout: /^first\n(first ?){12}\n(second ?){12}\n$/,
  },
  {
    file: 'inert-in-thread.mjs',
    shows: 'tasks, supervisors and waits above a definition: nothing of them happens in a thread',
    stdout: /^(?=.*waited)(?!.*waited.*waited)(?=.*last)(?!.*last.*last)(task anonymous 0\n|waited first\n|last\n)+$/s,
  },
  { file: 'query.mjs', shows: 'modules with a query', stdout: /^2 4\n$/ },
  {
    file: 'module-option.mjs',
    shows: 'code without a file, and the module option as its way out',
    stdout: /^ERR_TASK_NOT_AT_MODULE_LEVEL [^\n]+\{ module: import\.meta \}\)\.\n10\n$/,
  },
];

function assertFine({ stdout, stderr, code }: Finished, expected: Omit<Program, 'shows' | 'file'>): void {
  assert.match(stdout, expected.stdout, stderr);
  assert.match(stderr, expected.stderr ?? /^$/);
  assert.equal(code, 0);
}

describe('a program loads its tasks in a thread:', { concurrency: 2 }, () => {
  for (const program of programs) {
    test(program.shows, async () => assertFine(await runNode([loading + program.file]), program));
  }

  test('the arguments of the program are there', async () => {
    assertFine(await runNode([`${loading}args.mjs`, 'a', '--b']), { stdout: /^a --b\n$/ });
  });

  test('a program that awaits nothing stays until its tasks are done, and shows all that they print', async () => {
    const { stdout, code } = await runNode([`${loading}fire-and-forget.mjs`]);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(new Set(lines).size, 200);
    assert.equal(lines.length, 200);
    assert.equal(code, 0);
  });

  test('a failure that nobody looks at is shown when the program ends', async () => {
    const expected = {
      stdout: /^$/,
      stderr: /^UnobservedTaskError: task boom \(\S+\) failed and nobody looked.*\nError: nobody looks/,
    };
    assertFine(await runNode([`${loading}top-level-throw.mjs`]), expected);
  });

  for (const [what, args] of [
    ['standard input', ['-']],
    ['--eval', ['--eval']],
    ['the REPL', ['--interactive']],
  ] as const) {
    test(`code from ${what} is refused with the way out`, async () => {
      const code = `try { require('atasker').backgroundTask(function f() {})() } catch (error) { console.log(error.message) }\n`;
      const { stdout } = await runNode(args[0] === '--eval' ? [...args, code] : args, { input: code, cwd: loading });
      assert.match(
        stdout,
        /f became a task inside .*\. Put it in a file of its own, or name the file that defines it: .*module: import\.meta/,
      );
    });
  }
});

describe('wherever the files lie:', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'atasker-loading-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(packageFolder, join(folder, 'node_modules/atasker'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('a main file that deletes its output folder does so once', async () => {
    const output = join(folder, 'output');
    assertFine(await runNode([`${loading}delete-output.mjs`, output]), { stdout: /^all there\n$/ });
    assert.equal(readFileSync(`${output}.runs`, 'utf8'), 'run ');
  });

  test('in folders with spaces and letters of all kinds', async () => {
    const strange = join(folder, 'a b', 'ünïcode 日本 #1 100%');
    cpSync(loading, strange, { recursive: true });
    assertFine(await runNode([join(strange, 'esm.mjs')]), { stdout: /^double 42 in a pool thread true\n$/ });
    assertFine(await runNode([join(strange, 'cjs.cjs')]), { stdout: /^double 42\n$/ });
    assertFine(await runNode([join(strange, 'one-file.mjs')]), { stdout: /^begin\ntriple 43\n$/ });
  });

  test('a symlinked package with tasks, and a symlinked main file', async () => {
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

  for (const format of ['esm', 'cjs'] as const) {
    test(`one minified bundle with the library inside, ${format}, without the library on disk`, async () => {
      const outfile = join(folder, `bundle-${format}`, format === 'esm' ? 'app.mjs' : 'app.cjs');
      await build({
        entryPoints: [`${loading}bundled.mjs`],
        outfile,
        bundle: true,
        minify: true,
        format,
        platform: 'node',
      });
      assert.ok(existsSync(outfile));
      assertFine(await runNode([outfile], { cwd: tmpdir() }), {
        stdout: /^triple 42\nfirst second\nRangeError E_X true\n$/,
      });
    });
  }

  test('two copies of the library in one program, each with its own tasks', async () => {
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
