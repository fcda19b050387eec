import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limit, linesOf, Running } from './command.ts';
import { letGo, makePipes } from './named-pipes.ts';

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  describe(signal, limit, () => {
    test('the first lets the tasks that run finish, and starts no other', async () => {
      const [first, second] = makePipes('first', 'second');
      const running = new Running('map', 'tasks.js#readPipe', '--threads', '1', first!, second!, 'third');
      await running.waitError(`began ${first}`);
      running.child.kill(signal);
      await running.waitError(`atasker: ${signal}: waiting for 1 task; a second signal ends the program at once`);
      letGo(first!, 'finished');
      const { stdout, stderr, code } = await running.finished();
      assert.deepEqual(
        linesOf(stdout).map(({ input, result }) => [input, result]),
        [[first, 'finished']],
      );
      assert.equal(stderr.match(/began/g)?.length, 1);
      assert.equal(code, CODES[signal]);
    });

    test('the first ends a wait for standard input', async () => {
      const running = new Running('map', 'tasks.js#double', '--stdin');
      running.child.stdin!.write('1\n2'); // and no end
      await running.waitOutput('"input":"1"');
      running.child.kill(signal);
      const { stdout, code } = await running.finished();
      assert.deepEqual([linesOf(stdout).length, code], [1, CODES[signal]]);
    });

    test('the second ends at once, also when a thread is blocked in native code', async () => {
      const [pipe] = makePipes('never');
      const running = new Running('map', 'tasks.js#readPipe', pipe!);
      await running.waitError('began');
      running.child.kill(signal);
      await running.waitError('a second signal ends the program at once');
      running.child.kill(signal);
      const { stdout, ...end } = await running.finished();
      // It dies of the signal, for which a shell says 130 or 143.
      assert.deepEqual([stdout, end.code, end.signal], ['', null, signal]);
    });

    test('atasker run waits for its task', async () => {
      const [pipe] = makePipes('only');
      const running = new Running('run', 'tasks.js#readPipe', pipe!);
      await running.waitError('began');
      running.child.kill(signal);
      await running.waitError('waiting for 1 task');
      letGo(pipe!, 'finished');
      const { stdout, code } = await running.finished();
      assert.deepEqual([stdout, code], ['"finished"\n', CODES[signal]]);
    });
  });
}
