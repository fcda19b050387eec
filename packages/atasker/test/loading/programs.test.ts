import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loading, rowsInFour, type Program } from '../support/in-four.ts';
import { runNode } from '../support/program.ts';
import { assertFine, row } from '../support/row.ts';

const AFTER_START_TIMEOUT = 'it fails after `startTimeout`, without the line';
const foundAnyway = 'the module around it is found all the same';

const programs: readonly Program[] = [
  {
    file: 'main-first.mjs',
    shows: 'a main function that is called above its task: its process.exit does not end a thread',
    stdout: /^(?=.*triple 42\n)(?!.*triple.*triple)(main runs\n|caught ReferenceError\n|triple 42\n)+$/s,
  },
  {
    file: 'in-main.mjs',
    isSlow: true,
    shows: 'a program in main(): a thread evaluates the whole file',
    stdout: /^main runs\nfib 8\n$/,
  },
  {
    file: 'self-reference.mjs',
    shows: 'a task in the main file that calls itself: the error says what to do',
    stdout:
      /^ReferenceError Cannot access 'fib' before initialization\.? \(a pool thread evaluates the main file only down to its last task: .*main\(async/,
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
    stdout:
      /^ERR_TASK_LOAD task only cannot be loaded in a (thread|process): \S+ defined only no task there; [^\n]+\n$/,
  },
  { file: 'http-server.mjs', shows: 'a main file with an HTTP server', stdout: /^page \/cat\n$/ },
  {
    file: 'not-at-module-level.mjs',
    shows: 'a definition inside a function: refused at the call, and fine as an async task',
    stdout:
      /^ERR_TASK_NOT_AT_MODULE_LEVEL processOrder became a task inside (onOrder\(\) \(not-at-module-level\.mjs:8\)|backgroundTask\(\) \(face\.cjs:\d+\)), where no thread can find it\. At the top of the file: const processOrderTask = backgroundTask\(processOrder\)\. [^\n]+\nasync works\n$/,
  },
  { file: 'rewrapped.mjs', shows: 'a known function that is wrapped again inside a function', stdout: /^again 8\n$/ },
  {
    file: 'never-registers.mjs',
    isSlow: true,
    shows: 'an endless loop and an endless await at import, and a pool that is whole afterwards',
    stdout:
      /^ERR_TASK_LOAD \S+loop\.mjs did not define loop within 4000 ms; it had defined first \(line 3\)[^\n]+\nERR_TASK_LOAD \S+wait\.mjs did not define wait within 4000 ms; it had defined no task[^\n]+\ndouble 8\n$/,
  },
  {
    file: 'fails-to-load.mjs',
    shows: 'a module that throws above its task, and a pool that is whole afterwards',
    stdout: /^ERR_TASK_LOAD task broken cannot be loaded[^\n]+no database here \| no database here\ndouble 8\n$/,
  },
  {
    file: 'fails-below.mjs',
    isSlow: true,
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
    except: { bun: 'Bun does not tell what is left behind' },
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
    shows: 'tasks, supervisors and waits above a definition: a thread runs none of them',
    stdout: /^(?=.*waited)(?!.*waited.*waited)(?=.*last)(?!.*last.*last)(task anonymous 0\n|waited first\n|last\n)+$/s,
  },
  {
    file: 'define-use.mjs',
    isSlow: true,
    shows: 'tasks that are defined and called alternately in one file: the error names the line and the fixes',
    stdout:
      /^\[\[2,3\],\[2,3\]\]\n(ERR_TASK_LOAD task two cannot be loaded in a (thread|process): \S+define-use\.mjs awaits the task one at line 8, [^\n]* at line 9 is never reached\. Define all tasks above the first await, [^\n]*main\(async [^\n]*\n){2}$/,
    except: { bun: AFTER_START_TIMEOUT },
  },
  {
    file: 'define-map.mjs',
    isSlow: true,
    shows: 'a map between two definitions of one file: the error names the line',
    stdout: /^2\n3\nERR_TASK_LOAD task two cannot be loaded in a \w+: \S+ awaits a map of one at line 7, [^\n]*\n$/,
    except: { bun: AFTER_START_TIMEOUT, deno: AFTER_START_TIMEOUT },
  },
  {
    file: 'method.mjs',
    shows: 'a method that is handed over without its object: the error says what to do',
    stdout:
      /^TypeError [^\n]*rate[^\n]* \(a task function has no this: pass [^\n]*\)\nTypeError [^\n(]*(\(((reading)|(evaluating)) [^\n()]*\))?\n$/,
  },
  {
    file: 'goes-on.mjs',
    shows: 'calls that nobody awaits, above a definition',
    stdout: /^2 8\n$/,
  },
  {
    file: 'goes-on-late.mjs',
    shows: 'a call in a race that something else wins, in a thread that is busy meanwhile',
    stdout: /^8\n$/,
  },
  {
    file: 'below-an-await.mjs',
    shows: 'a definition below an await of a function that the module awaits: refused at the call',
    stdout: /^first\n(ERR_TASK_NOT_AT_MODULE_LEVEL\n){2}$/,
  },
  {
    file: 'query.mjs',
    shows: 'modules with a query',
    stdout: /^2 4\n$/,
    except: { bun: 'Bun does not tell the query of a module: give `module: import.meta.url`' },
  },
  {
    file: 'module-option.mjs',
    shows: 'code without a file is refused, unless the module option is given',
    stdout: /^ERR_TASK_NOT_AT_MODULE_LEVEL [^\n]+\{ module: import\.meta\.url \}\)\.\n10\n$/,
    except: { bun: foundAnyway, deno: foundAnyway },
  },
];

describe('a program loads its tasks in threads and processes:', { concurrency: 2 }, () => {
  rowsInFour('programs', programs);

  test('a mocha test file, whose globals exist in the main thread only, causes no warning', async () => {
    assertFine(await runNode([`${loading}describes.mjs`]), { stdout: /^42\n$/ });
  });

  test('a task sees the command line arguments of the program', async () => {
    assertFine(await runNode([`${loading}args.mjs`, 'a', '--b']), { stdout: /^a --b\n$/ });
  });

  for (const [what, args] of [
    ['standard input', ['-']],
    ['--eval', ['--eval']],
    ['the REPL', ['--interactive']],
  ] as const) {
    const only = { only: 'node' } as const;
    row(
      `code from ${what} is refused, and the error says how to fix it`,
      async () => {
        const code = `try { require('atasker').backgroundTask(function f() {})() } catch (error) { console.log(error.message) }\n`;
        const { stdout } = await runNode(args[0] === '--eval' ? [...args, code] : args, { input: code, cwd: loading });
        assert.match(
          stdout,
          /f became a task inside .*\. Put it in a file of its own, or name the file that defines it: .*module: import\.meta/,
        );
      },
      only,
    );
  }
});
