import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtures, runNode } from '../support/program.ts';

const folder = `${fixtures}hostile/`;

/** Every method takes minutes (`npm run test:hostile`); here only some are tried. */
const step = process.env['ATASKER_HOSTILE'] === 'all' ? 1 : 23;

const ways = [
  { by: 'throws', how: 'throw', tt: 'thread' },
  { by: 'returns undefined', how: 'undefined', tt: 'thread' },
  { by: 'throws', how: 'throw', tt: 'process' },
];

describe('methods of built-ins that are replaced, one at a time', () => {
  for (const where of ['program', 'member']) {
    for (const { by, how, tt } of ways) {
      test(`other tasks succeed when a built-in method in the ${where} ${by} (${tt})`, async () => {
        const { stdout, stderr, code } = await runNode(['built-ins.mjs', where, how, tt, String(step)], {
          cwd: folder,
        });
        assert.match(stdout, /^\n0 of \d+ do harm\n$/, stderr);
        assert.equal(code, 0, stderr);
      });
    }
  }
});

const REPLACED = [
  'Error.prepareStackTrace',
  'a stack that throws',
  'Error[Symbol.hasInstance]',
  'process.stdout',
  'process.stderr',
  'no process.stdout',
  'process.argv',
  'process.execArgv',
  'process.env',
] as const;

// These programs mostly wait for their time limits.
describe('properties of built-ins that are replaced', { concurrency: 4 }, () => {
  for (const tt of ['thread', 'process']) {
    for (const what of REPLACED) {
      if (what === 'process.env' && tt === 'process') continue; // Node.js reads it itself to start one
      test(`tasks work after the program has replaced a property of a built-in: ${what} (${tt})`, async () => {
        const { stdout, stderr, code } = await runNode(['later.mjs', what, tt], { cwd: folder });
        const lines = stdout.split('\n').filter((line) => !/^(what it prints|and this)/.test(line));
        assert.deepEqual(lines, ['3', 'RangeError mine', 'true enough', 'arguments[0]', 'ERR_TASK_TIMEOUT', '']);
        assert.equal(code, 0, stderr);
      });
    }
  }
});

for (const tt of ['thread', 'process']) {
  test(`time limits, cancel and stop work with fake timers and with other globals replaced (${tt})`, async () => {
    const { stdout, stderr, code } = await runNode(['fake-timers.mjs', tt], { cwd: folder });
    const lines = ['triple 21', 'delayed late', 'out of time ERR_TASK_TIMEOUT', 'cancelled ERR_TASK_CANCELED'];
    assert.equal(stdout, `${[...lines, 'after it 24', 'stopped'].join('\n')}\n`, stderr);
    assert.equal(code, 0, stderr);
  });

  test(`a promise library that has replaced Promise before the import changes nothing (${tt})`, async () => {
    const { stdout, stderr, code } = await runNode(['promise-library.mjs', tt], { cwd: folder });
    assert.equal(stdout, '21\nlate\nRangeError\nERR_TASK_TIMEOUT\n3,6,9\nstopped\n', stderr);
    assert.equal(code, 0, stderr);
  });

  test(`with a frozen Error and frozen prototypes tasks are found and their errors come back (${tt})`, async () => {
    const { stdout, stderr, code } = await runNode(['hardened.mjs', tt], { cwd: folder });
    assert.equal(stdout, '21\nE1 TypeError mine inner string\n', stderr);
    assert.equal(code, 0, stderr);
  });
}
