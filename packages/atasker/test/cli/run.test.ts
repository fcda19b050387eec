import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { packageFolder } from '../support/program.ts';
import { atasker, limit } from './command.ts';

describe('atasker run', limit, () => {
  test('passes arguments as JSON where they parse, else as text, and prints the result as JSON', async () => {
    const { stdout, stderr, code } = await atasker('run', 'tasks.js#all', '1', 'one', '{"x":[true]}', '010', '"1"');
    assert.deepEqual(JSON.parse(stdout), [1, 'one', { x: [true] }, '010', '1']);
    assert.deepEqual([stderr, code], ['', 0]);
  });

  test('passes just the arguments that there are', async () => {
    assert.equal((await atasker('run', 'tasks.js#all')).stdout, '[]\n');
    assert.equal((await atasker('run', 'tasks.js#all', 'a', '0', '["a"]')).stdout, '["a",0,["a"]]\n');
    assert.equal((await atasker('run', 'tasks.js#all', '--', '-1', '--threads')).stdout, '[-1,"--threads"]\n');
  });

  test('loads TypeScript, on Node 20 by the tsx of the application', async () => {
    const { stdout, stderr, code } = await atasker('run', 'typed.ts#double', '21');
    assert.deepEqual([stdout, stderr, code], ['42\n', '', 0]);
  });

  test('waits for tasks that the task has left behind', async () => {
    const { stdout, stderr, code } = await atasker('run', 'stray-child.js#parent');
    assert.deepEqual([stdout, stderr, code], ['"parent"\n', 'child ended\n', 0]);
  });

  test('prints nothing for a task that gives nothing', async () => {
    const { stdout, stderr, code } = await atasker('run', 'tasks.js#nothing');
    assert.deepEqual([stdout, stderr, code], ['', '', 0]);
  });

  test('shows the error of a task with its stack, and exits with 1', async () => {
    const { stdout, stderr, code } = await atasker('run', 'tasks.js#picky', 'bad');
    assert.match(stderr, /^RangeError: bad is bad\n {4}at picky \(.*tasks\.js:\d+:\d+\)\n[^]*code: 'ERR_BAD'/);
    assert.deepEqual([stdout, code], ['', 1]);
  });

  test('shows an error that a result cannot be written, and exits with 1', async () => {
    const { stdout, stderr, code } = await atasker('run', 'tasks.js#odd', 'circle');
    assert.match(stderr, /^TypeError: Converting circular structure to JSON/);
    assert.deepEqual([stdout, code], ['', 1]);
  });

  test('takes --priority and --timeout', async () => {
    assert.equal((await atasker('run', 'tasks.js#priority', '--priority', 'critical')).stdout, '"critical"\n');
    const { stderr, code } = await atasker('run', 'tasks.js#forever', '--timeout', '50');
    assert.match(stderr, /^TimeoutError: task forever ran longer than 50 ms/);
    assert.equal(code, 1);
  });
});

describe('atasker', limit, () => {
  test('--version', async () => {
    const { version } = JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')) as { version: string };
    const { stdout, code } = await atasker('--version');
    assert.deepEqual([stdout, code], [`${version}\n`, 0]);
  });

  test('--help of the program and of each command', async () => {
    const [program, map, run] = await Promise.all([
      atasker('--help'),
      atasker('map', '--help'),
      atasker('run', 'tasks.js#all', '-h'),
    ]);
    assert.match(program.stdout, /USAGE atasker map\|run/);
    assert.match(map.stdout, /--threads=<N>[^]*--unordered[^]*EXIT CODES[^]*130[^]*VALUES IN JSON[^]*base64/);
    assert.match(run.stdout, /USAGE atasker run/);
    for (const { stdout, stderr, code } of [program, map, run]) {
      assert.deepEqual([stderr, code], ['', 0]);
      assert.ok(!stdout.includes('\u001B'), 'no colours where it is no terminal');
    }
  });
});
