import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { atasker, ataskerWithInput, folder, limit, linesOf, Running } from './command.ts';
import { letGo, makePipes } from './named-pipes.ts';

describe('atasker map', limit, () => {
  test('prints one line of JSON for each argument, in order', async () => {
    const { stdout, stderr, code } = await atasker('map', 'tasks.js#double', '1', '2', '3');
    assert.match(stdout, /^\{"input":"1","result":2,"ms":\d+\}\n\{"input":"2","result":4,"ms":\d+\}\n\{"input":"3",/);
    assert.deepEqual([linesOf(stdout).length, stderr, code], [3, '', 0]);
  });

  test('--processes runs the tasks in other processes', async () => {
    const { stdout, stderr, code } = await atasker('map', 'tasks.js#pid', '--processes', '1', 'a', 'b', 'c');
    const pids = new Set(linesOf(stdout).map(({ result }) => result));
    assert.ok(pids.size >= 1 && !pids.has(process.pid));
    const here = await atasker('map', 'tasks.js#pid', '--threads', '2', 'a', 'b', 'c', 'd');
    assert.equal(new Set(linesOf(here.stdout).map(({ result }) => result)).size, 1, 'threads share a process');
    assert.deepEqual([linesOf(stdout).length, stderr, code], [3, '', 0]);
    assert.equal((await atasker('run', 'tasks.js#double', '21', '--processes', '1')).stdout, '42\n');
  });

  test('prints an error in place of a result, goes on, and exits with 1', async () => {
    const { stdout, stderr, code } = await atasker('map', 'tasks.js#picky', 'good', 'bad one', 'fine');
    const [first, second, third] = linesOf(stdout);
    assert.deepEqual([first?.result, third?.result], ['good', 'fine']);
    assert.deepEqual(second?.error, { name: 'RangeError', message: 'bad one is bad', code: 'ERR_BAD' });
    assert.ok(!('result' in second!));
    assert.deepEqual([stderr, code], ['', 1]);
  });

  test('--args gives every call more arguments, after its input', async () => {
    const { stdout, stderr, code } = await atasker('map', 'tasks.js#all', 'a', 'b', '--args', '["salt", {"n": 2}]');
    assert.deepEqual(
      linesOf(stdout).map(({ result }) => result),
      [
        ['a', 'salt', { n: 2 }],
        ['b', 'salt', { n: 2 }],
      ],
    );
    assert.deepEqual([stderr, code], ['', 0]);
  });

  test('names --args when calls fail and the function takes more arguments than they got', async () => {
    const short = await atasker('map', 'tasks.js#season', 'a', 'b');
    assert.equal(
      short.stderr,
      `atasker: the task function takes 2 arguments, and each call got 1; --args '["pepper"]' gives every call more, after its input\n`,
    );
    assert.equal(short.code, 1);
    const enough = await atasker('map', 'tasks.js#season', 'a', '--args', '[5]');
    assert.deepEqual([enough.stderr, enough.code], ['', 1]);
  });

  test('finds files with a glob, sorted', async () => {
    const { stdout, code } = await atasker('map', 'tasks.js#size', '--files', '*.js');
    const files = readdirSync(folder).filter((file) => file.endsWith('.js'));
    const sizes = files.toSorted().map((file) => [file, statSync(folder + file).size]);
    assert.deepEqual(
      linesOf(stdout).map(({ input, result }) => [input, result]),
      sizes,
    );
    assert.equal(code, 0);
  });

  test('takes 10,000 lines of standard input and keeps their order', async () => {
    const numbers = Array.from({ length: 10_000 }, (_, index) => index);
    const { stdout, code } = await ataskerWithInput(numbers.join('\n'), 'map', 'tasks.js#double', '--stdin');
    const lines = linesOf(stdout);
    assert.deepEqual(
      lines.map(({ input }) => input),
      numbers.map(String),
    );
    assert.deepEqual(
      lines.map(({ result }) => result),
      numbers.map((number) => number * 2),
    );
    assert.equal(code, 0);
  });

  test('takes lines as they are: empty ones, carriage returns, several bytes for a letter, no end of line', async () => {
    const { stdout } = await ataskerWithInput('a\n\nzwölf 十二\r\n  last', 'map', 'tasks.js#all', '--stdin');
    assert.deepEqual(
      linesOf(stdout).map(({ input }) => input),
      ['a', '', 'zwölf 十二', '  last'],
    );
  });

  test('starts before standard input has ended', async () => {
    const running = new Running('map', 'tasks.js#picky', '--stdin');
    running.child.stdin!.write('first\n');
    await running.waitOutput('"first"');
    running.child.stdin!.end('second\n');
    const { stdout, code } = await running.finished();
    assert.deepEqual([linesOf(stdout).map(({ result }) => result), code], [['first', 'second'], 0]);
  });

  test('reads standard input no faster than tasks end', async () => {
    const [pipe] = makePipes('first');
    const running = new Running('map', 'tasks.js#readPipe', '--stdin', '--threads', '2');
    const { stdin } = running.child;
    const total = 4_000_000;
    stdin!.on('error', () => {}); // the program ends before it has read all of it
    stdin!.write(`${pipe}\n${'x\n'.repeat(total / 2)}`);
    await running.waitError('ended x', 31); // all that may be out at a time, but for the first
    running.child.kill('SIGINT');
    await running.waitError('waiting for '); // the last of the others may not have been read yet
    const taken = total - stdin!.writableLength;
    letGo(pipe!);
    const { stdout, code } = await running.finished();
    const ended = linesOf(stdout).length; // the signal may come before the result of the last one that has said so
    assert.ok(ended === 31 || ended === 32, `${ended} results`);
    assert.equal(code, 130);
    assert.ok(taken < total / 2, `${taken} bytes of ${total} were taken`);
  });

  test('takes JSON, in arguments and in lines', async () => {
    const inputs = [1, 'two', { three: [3] }, null];
    const texts = inputs.map((input) => JSON.stringify(input));
    const fromArguments = await atasker('map', 'tasks.js#all', '--json', ...texts);
    const fromLines = await ataskerWithInput(texts.join('\n\n'), 'map', 'tasks.js#all', '--json', '--stdin');
    for (const { stdout, code } of [fromArguments, fromLines]) {
      assert.deepEqual(
        linesOf(stdout).map(({ input }) => input),
        inputs,
      );
      assert.deepEqual(
        linesOf(stdout).map(({ result }) => result),
        inputs.map((input) => [input]),
      );
      assert.equal(code, 0);
    }
  });

  test('ends at a line that is not JSON, after the lines before it', async () => {
    const { stdout, stderr, code } = await ataskerWithInput('1\n{\n3', 'map', 'tasks.js#all', '--json', '--stdin');
    assert.deepEqual(
      linesOf(stdout).map(({ input }) => input),
      [1],
    );
    assert.match(stderr, /^atasker: line 2 of standard input is not JSON: .+\n$/);
    assert.equal(code, 2);
  });

  test('waits for the first input, or not with --unordered', async () => {
    const [ordered, unordered] = makePipes('ordered', 'unordered');
    const inOrder = new Running('map', 'tasks.js#readPipe', '--threads', '2', ordered!, 'quick');
    await inOrder.waitError('ended quick');
    letGo(ordered!);
    const asTheyCome = new Running('map', 'tasks.js#readPipe', '--threads', '2', '--unordered', unordered!, 'quick');
    await asTheyCome.waitOutput('"quick"');
    letGo(unordered!);
    const inputs = ({ stdout }: { stdout: string }): unknown[] => linesOf(stdout).map(({ input }) => input);
    assert.deepEqual(inputs(await inOrder.finished()), [ordered, 'quick']);
    assert.deepEqual(inputs(await asTheyCome.finished()), ['quick', unordered]);
  });

  test('--threads 1 runs one task at a time, --threads 2 two', async () => {
    const inputs = Array.from({ length: 50 }, (_, index) => `input ${index}`);
    for (const priority of ['low', 'normal', 'high', 'critical']) {
      const options = ['--threads', '1', '--priority', priority];
      const { stderr } = await atasker('map', 'tasks.js#logged', ...options, ...inputs);
      assert.equal(stderr, inputs.map((input) => `began ${input}\nended ${input}\n`).join(''), priority);
    }
    const [first, second] = makePipes('first', 'second');
    const two = new Running('map', 'tasks.js#readPipe', '--threads', '2', first!, second!, 'third');
    await Promise.all([two.waitError(`began ${first}`), two.waitError(`began ${second}`)]);
    letGo(first!);
    letGo(second!);
    const { stderr: log, code } = await two.finished();
    assert.ok(log.indexOf('began third') > log.indexOf('ended '), log);
    assert.equal(code, 0);
  });

  test('--priority and --timeout reach the task', async () => {
    const priorities = await atasker('map', 'tasks.js#priority', '--priority', 'high', 'x');
    assert.equal(linesOf(priorities.stdout)[0]?.result, 'high');
    for (const timeout of ['50', '50ms']) {
      const { stdout, code } = await atasker('map', 'tasks.js#forever', '--timeout', timeout, 'x');
      assert.deepEqual([linesOf(stdout)[0]?.error?.code, code], ['ERR_TASK_TIMEOUT', 1]);
    }
  });

  test('writes what JSON has no word for', async () => {
    const expected = {
      nothing: null,
      bigint: { big: '12345678901234567890' },
      bytes: { whole: 'AQL/', part: 'ZWw=' },
      floats: [0.5, 2],
      bigs: ['1'],
      map: [
        ['a', 1],
        [2, ['x']],
      ],
      date: '1970-01-01T00:00:00.000Z',
      error: { name: 'TypeError', message: 'no' },
      nan: null,
    };
    const { stdout, code } = await atasker('map', 'tasks.js#odd', ...Object.keys(expected));
    assert.deepEqual(Object.fromEntries(linesOf(stdout).map(({ input, result }) => [input, result])), expected);
    assert.equal(code, 0);
    const circle = await atasker('map', 'tasks.js#odd', 'circle', 'nan');
    assert.match(linesOf(circle.stdout)[0]!.error!.message, /circular/);
    assert.deepEqual([linesOf(circle.stdout)[1]?.result, circle.code], [null, 1]);
  });

  test('runs async task functions, CommonJS files, and files that keep timers', async () => {
    const tasks = { 'tasks.js#later': 'later', 'common.cjs#double': 14, 'leaves-handles.js#answer': 42 };
    for (const [task, result] of Object.entries(tasks)) {
      const { stdout, code } = await atasker('map', task, '7');
      assert.deepEqual([linesOf(stdout)[0]?.result, code], [result, 0]);
    }
  });

  test('waits for tasks that a task has left behind', async () => {
    const { stderr, code } = await atasker('map', 'stray-child.js#parent', '1');
    assert.deepEqual([stderr, code], ['child ended\n', 0]);
  });

  test('ends quietly when nobody reads any more', async () => {
    const running = new Running('map', 'tasks.js#double', '--stdin');
    running.child.stdin!.on('error', () => {}); // it has ended before it has read all
    running.child.stdin!.write(Array.from({ length: 200_000 }, (_, index) => `${index}\n`).join(''));
    await running.waitOutput('"input":"0"');
    running.child.stdout!.destroy();
    const { stderr, code, signal } = await running.finished();
    assert.deepEqual({ stderr, code, signal }, { stderr: '', code: 0, signal: null });
  });

  test('shows no bar where standard error is no terminal', async () => {
    const { stderr } = await atasker('map', 'tasks.js#double', '1', '2');
    assert.equal(stderr, '');
  });
});
