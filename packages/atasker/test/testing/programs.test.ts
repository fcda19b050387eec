/** Tests that start real programs: ATASKER_INLINE, and the output of test runners. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtures, packageFolder, runNode, type Finished } from '../support/program.ts';

function run(file: string, inline: string, ...args: string[]): Promise<Finished> {
  return runNode([...args, `${fixtures}testing/${file}`], { env: { ATASKER_INLINE: inline } });
}

describe('ATASKER_INLINE', () => {
  test('=1 runs all tasks in the thread of the program, which still ends by itself', async () => {
    const { stdout, stderr, code } = await run('where.mjs', '1');
    assert.equal(stdout, 'thread false false false\nwhere\n');
    assert.match(stderr, /^UnobservedTaskError: task refused .*\n.*arguments\[0\] is a function/);
    assert.equal(code, 0);
  });

  test('is off when it is empty, or 0', async () => {
    for (const off of ['', '0']) {
      const { stdout } = await run('where.mjs', off);
      assert.equal(stdout, 'thread true true true\nERR_TASK_NOT_AT_MODULE_LEVEL\n');
    }
  });

  test('has no meaning in a pool thread, nor has inlineTasks there', async () => {
    const { stdout, stderr } = await run('inside-threads.mjs', '');
    assert.equal(stderr, '');
    assert.equal(stdout, "[ true, true, 'ERR_TASK_NOT_AT_MODULE_LEVEL' ]\n");
  });

  test('is there again when inlineTasks() ends', async () => {
    const { stdout, stderr } = await run('both.mjs', '1');
    assert.equal(stderr, '');
    assert.equal(stdout, 'ERR_TASK_CLONE false\ntrue false\nERR_TASK_CLONE false\n');
  });

  test('works for the command line too', async () => {
    const cli = `${packageFolder}dist/cli.js`;
    const args = [cli, 'run', `${fixtures}loading/tasks.mjs#double`, '21'];
    const { stdout, stderr } = await runNode(args, { env: { ATASKER_INLINE: '1' } });
    assert.equal(stderr, '');
    assert.equal(stdout, '42\n');
  });
});

test('node:test names the test whose task failed, and the one beside whose task something went wrong', async () => {
  const { stdout, code } = await run('failing.test.mjs', '', '--test', '--test-reporter=tap');
  assert.match(stdout, /\bok 1 - good\n/);
  assert.match(stdout, /not ok 2 - unobserved\n.*?error: 'nobody looked'/s);
  assert.match(stdout, /not ok 3 - beside its task\n.*?error: 'aside'/s);
  assert.equal(code, 1);
});
