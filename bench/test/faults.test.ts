import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { runCells } from '../src/faults/cells.ts';
import { COLUMN_NAMES } from '../src/faults/contenders/index.ts';
import type { ErrorFacts, Facts, Settled } from '../src/faults/facts.ts';
import { judge, type Ending } from '../src/faults/judge.ts';
import { completes, fails, isValue, keeps, says } from '../src/faults/rules.ts';
import { ROW_NAMES, ROWS } from '../src/faults/rows/index.ts';

const error: ErrorFacts = {
  name: 'Error',
  message: 'declined',
  code: null,
  headline: 'Error: declined',
  detail: null,
  cause: null,
  errors: [],
};
const failed: Settled = { state: 'failed', error, ms: 5 };
const completed: Settled = { state: 'completed', value: 3, shown: '3', ms: 5 };
const rejected: Settled = { state: 'rejected', shown: 'undefined', ms: 5 };
const unharmed: Settled = { state: 'completed', value: 200, shown: '200', ms: 200 };

const whole: Facts = { ready: true, task: failed, innocent: unharmed, after: 100, closed: 'completed' };
const ended: Ending = { code: 0, signal: null, timedOut: false };
const killed: Ending = { code: null, signal: 'SIGKILL', timedOut: true };

suite('the judge', () => {
  test('a task that ends by the rule, with nothing harmed and a program that ends, is right', () => {
    assert.deepEqual(judge(fails(), { facts: whole, ending: ended }), { right: true, words: '‘declined’' });
  });

  const died: Ending = { code: null, signal: 'SIGABRT', timedOut: false };
  const wrongOnes: [shows: string, facts: Facts, ending: Ending, words: string][] = [
    ['a task that does not settle', { ready: true, task: { state: 'pending' } }, ended, 'hangs'],
    ['a program that is silent', { ready: true }, killed, 'hangs'],
    ['a program that dies under the task', { ready: true }, died, 'program dies (SIGABRT)'],
    ['a program that dies after the task', { ready: true, task: failed }, died, 'program dies (SIGABRT)'],
    ['an innocent task that fails', { ...whole, innocent: failed }, ended, 'next task fails'],
    ['an innocent task with another value', { ...whole, innocent: completed }, ended, 'next task fails'],
    ['an innocent task that hangs', { ...whole, innocent: { state: 'pending' } }, ended, 'next task hangs'],
    ['ordinary tasks that fail', { ...whole, after: 97 }, ended, 'then other tasks fail'],
    ['a pool that does not close', { ...whole, closed: 'pending' }, ended, 'then close() hangs'],
    ['a pool that fails to close', { ...whole, closed: 'failed' }, ended, 'then close() fails'],
    ['a program that does not end', whole, killed, 'then program never ends'],
    ['a program that ends with an error', whole, { ...ended, code: 1 }, 'program dies (1)'],
  ];
  for (const [shows, facts, ending, words] of wrongOnes) {
    test(`${shows} is wrong`, () => {
      assert.deepEqual(judge(fails(), { facts, ending }), { right: false, words });
    });
  }

  test('what is wrong with the task goes before what comes after it', () => {
    const verdict = judge(fails(), { facts: { ...whole, task: rejected, after: 0 }, ending: ended });
    assert.deepEqual(verdict, { right: false, words: 'rejects with undefined' });
  });
});

suite('the rules', () => {
  test('fails: only with an Error that tells something', () => {
    assert.deepEqual(fails()(completed), { right: false, words: 'completes with 3' });
    assert.deepEqual(fails()(rejected), { right: false, words: 'rejects with undefined' });
    const empty: Settled = { ...failed, error: { ...error, message: '', headline: 'Error' } };
    assert.deepEqual(fails()(empty), { right: false, words: 'an empty Error' });
    const logged: Settled = { ...failed, error: { ...error, message: '', headline: 'DataCloneError: no' } };
    assert.deepEqual(fails()(logged), { right: true, words: '‘DataCloneError: no’' });
    assert.deepEqual(fails()({ ...failed, error: { ...error, code: 'E_NO' } }), { right: true, words: 'E_NO' });
  });

  test('completes: only with what is expected', () => {
    const rule = completes('gives 3', isValue(3));
    assert.deepEqual(rule(completed), { right: true, words: 'gives 3' });
    assert.deepEqual(rule({ ...completed, value: 4 }), { right: false, words: 'completes with 4' });
    assert.deepEqual(rule(failed), { right: false, words: 'fails: ‘declined’' });
  });

  test('says: the error or a cause of it', () => {
    assert.equal(says(/declined/)({ ...error, message: 'outer', cause: error }), null);
    assert.equal(says(/memory/)(error), 'another error: ‘declined’');
  });

  test('keeps: names what is lost', () => {
    const rule = keeps({ name: ({ name }) => name === 'RangeError', code: () => false, message: () => true });
    assert.equal(rule(error), 'loses name, code');
  });
});

suite('the cells', () => {
  for (const row of ['own-error', 'exit-1'] as const) {
    test(`${row}: atasker is right in threads and in processes`, async () => {
      const cells = await runCells([row], ['atasker (threads)', 'atasker (processes)']);
      assert.deepEqual(
        cells.map(({ verdict }) => verdict?.right),
        [true, true],
      );
    });
  }

  test('every contender is tried, with the same words for the same end', async () => {
    const cells = await runCells(['throws-undefined'], COLUMN_NAMES);
    assert.deepEqual(
      cells.map(({ column }) => column),
      COLUMN_NAMES,
    );
    assert.ok(cells.every(({ verdict, facts }) => verdict !== null && facts.ready));
  });

  test('a row that a contender cannot have is not tried', async () => {
    const [cell] = await runCells(['kill'], ['piscina']);
    assert.equal(cell?.verdict, null);
  });

  test('a program that dies is seen as that', async () => {
    const [cell] = await runCells(['heap-at-once'], ['piscina']);
    assert.deepEqual(cell?.verdict, { right: false, words: 'program dies (SIGABRT)' });
  });

  test('no row has the name of another, and each says what is right', () => {
    assert.equal(new Set(ROW_NAMES.map((name) => ROWS[name].title)).size, ROW_NAMES.length);
    assert.ok(ROW_NAMES.every((name) => ROWS[name].expected !== ''));
  });
});
