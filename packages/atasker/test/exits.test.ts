import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertGone } from './support/gone.ts';
import { fixtures, runNode } from './support/program.ts';
import { RunningProgram } from './support/running-program.ts';

const exits = `${fixtures}exits/`;

describe('a program ends,', { timeout: 60_000 }, () => {
  for (const code of [0, 7]) {
    test(`with idle threads and processes: by itself, with its code ${code}`, async () => {
      const { stdout, ...end } = await runNode([`${exits}idle.mjs`, String(code)]);
      assert.equal(stdout, '42\n42\n4\n');
      assert.deepEqual(end, { stderr: '', code, signal: null });
    });
  }

  test('when it awaits nothing: once its tasks are done, and all that they print is there', async () => {
    const { stdout, code } = await runNode([`${exits}fire-and-forget.mjs`]);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(new Set(lines).size, 200);
    assert.equal(lines.length, 200);
    assert.equal(code, 0);
  });

  test('whose tasks, maps and waits have signals of AbortSignal.any and AbortSignal.timeout: these abort', async () => {
    const { stdout, stderr, code } = await runNode(['--expose-gc', `${exits}any-signal.mjs`]);
    assert.equal(stdout, 'AbortError\nAbortError\nTimeoutError\n');
    assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  });

  test('with a failure that nobody has looked at: a warning shows it', async () => {
    const { stderr, code } = await runNode([`${exits}unobserved-failure.mjs`]);
    assert.match(
      stderr,
      /^UnobservedTaskError: task boom \(\S+\) failed and nobody looked at it.*\nError: nobody looks/,
    );
    assert.equal(code, 0);
  });

  for (const [how, code, signal, text] of [
    ['throw', 1, null, /out of a listener/],
    ['reject', 1, null, /nobody awaits/],
    ['exit', 3, null, /^$/],
    ['abort', null, 'SIGABRT', /^/],
  ] as const) {
    test(`while a thread and a process are in endless loops: ${how}`, async () => {
      const program = await busyProgram();
      program.child.stdin!.write(`${how}\n`);
      const { stderr, ...end } = await program.finished();
      assert.match(stderr, text);
      assert.deepEqual([end.code, end.signal], [code, signal]);
    });
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    test(`while a thread and a process are in endless loops: ${signal}; within a second nothing is left`, async () => {
      const program = await busyProgram();
      const own = ` ${program.child.pid}`;
      const busyProcess = program.stdout.split('\n').find((line) => line.startsWith('busy') && !line.endsWith(own))!;
      const killed = performance.now();
      program.child.kill(signal);
      assert.equal((await program.finished()).signal, signal);
      await assertGone([Number(busyProcess.slice('busy '.length))], killed + 1_000 - performance.now());
    });
  }
});

async function busyProgram(): Promise<RunningProgram> {
  const program = new RunningProgram([`${exits}busy.mjs`]);
  await program.waitOutput('busy', 2);
  return program;
}
