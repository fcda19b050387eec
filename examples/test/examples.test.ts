import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from './program.ts';

describe('examples run, print what they say, and end by themselves', () => {
  test('priorities: all that is more urgent begins before the second low task', async () => {
    const { stdout, stderr, code } = await run('priorities');
    const begun = stdout.trimEnd().split('\n');
    const order = begun.map((line) => line.replace(/^\d+\. /, ''));
    assert.equal(order[0], 'warm-up');
    assert.deepEqual(order.slice(1, 5).toSorted(), ['critical', 'high', 'low 1', 'normal']);
    assert.deepEqual(order.slice(5), ['low 2', 'low 3', 'low 4']);
    assert.deepEqual([stderr, code], ['', 0]);
  });

  test('cancel: a task that looks at its signal, and one that does not', async () => {
    const { stdout, stderr, code } = await run('cancel');
    assert.equal(
      stdout,
      'polite ended with ERR_TASK_CANCELED: no longer needed\n' +
        'deaf ended with ERR_TASK_CANCELED: no longer needed\n' +
        'the pool is whole: 1 + 2 = 3\n',
    );
    assert.deepEqual([stderr, code], ['', 0]);
  });

  test('nested: parents and children in a pool of one', async () => {
    const { stdout, stderr, code } = await run('nested');
    assert.equal(stdout, '168 primes below 1000\n1229 primes below 10000\n9592 primes below 100000\n');
    assert.deepEqual([stderr, code], ['', 0]);
  });

  test('one-file: hashes the files that it is given, or itself', async () => {
    const self = fileURLToPath(new URL('../src/one-file.js', import.meta.url));
    const other = fileURLToPath(import.meta.url);
    const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    const [alone, given] = await Promise.all([run('one-file'), run('one-file', [other, self])]);
    assert.deepEqual(alone, { stdout: `${hash(self)}  ${self}\n`, stderr: '', code: 0 });
    assert.deepEqual(given, { stdout: `${hash(other)}  ${other}\n${hash(self)}  ${self}\n`, stderr: '', code: 0 });
  });

  test('request-deadline: answers in time, or says that it is too late, and serves the next', async () => {
    const { stdout, stderr, code } = await run('request-deadline');
    assert.equal(stdout, 'fibonacci of 20: 200 6765\nfibonacci of 100: 503 too late\nfibonacci of 25: 200 75025\n');
    assert.deepEqual([stderr, code], ['', 0]);
  });
});
