import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixtures, runNode } from '../../support/program.ts';

const workers = `${fixtures}workers/`;

describe('a program with workers', { timeout: 60_000 }, () => {
  test('of every kind ends by itself after stop(), and nothing is left', async () => {
    const end = await runNode([`${workers}every-kind.mjs`]);
    assert.deepEqual(end, { stdout: 'true 0 0 stopped\ntrue true\ntrue 4 0\n0\n', stderr: '', code: 0, signal: null });
  });

  test('that wait for a job or a trigger, or are paused, ends by itself', async () => {
    const end = await runNode([`${workers}idle.mjs`]);
    assert.deepEqual(end, { stdout: 'job 1\njob 2\n', stderr: '', code: 0, signal: null });
  });

  for (const [kind, runs] of [
    ['interval', 3],
    ['cron', 1],
    ['loop', 3],
    ['job', 3],
    ['first', 1],
  ] as const) {
    test(`is kept alive by a worker or job that has something to do later: ${kind}`, async () => {
      const end = await runNode([`${workers}alive.mjs`, kind]);
      assert.deepEqual(end, { stdout: `${kind}\n`.repeat(runs), stderr: '', code: 0, signal: null });
    });
  }

  for (const kind of ['interval', 'loop', 'cron', 'queue', 'busy', 'job', 'date', 'late']) {
    test(`is not kept alive by one with unref, which runs as long as the program does: ${kind}`, async () => {
      const end = await runNode([`${workers}unref.mjs`, kind], { limitMs: 20_000 });
      assert.deepEqual(end, { stdout: `${kind !== 'late'}\n`, stderr: '', code: 0, signal: null });
    });
  }

  test('at module level starts none of them in a pool thread', async () => {
    const { stdout, ...end } = await runNode([`${workers}module-level.mjs`]);
    assert.equal(stdout, 'loop\njob\n3\nruns in a pool thread: false\nstop\n');
    assert.deepEqual(end, { stderr: '', code: 0, signal: null });
  });

  test('gets an error if it waits for a worker that is never started, and ends normally if it does not wait', async () => {
    const program = `${workers}never-started.mjs`;
    const [waiting, other] = await Promise.all([runNode([program, 'await']), runNode([program])]);
    assert.match(waiting.stderr, /ERR_WORKER_STOPPED/);
    assert.match(waiting.stderr, /worker mails is not running, and its queue of 1 job is full/);
    assert.equal(waiting.code, 1);
    assert.deepEqual(other, { stdout: '', stderr: '', code: 0, signal: null });
  });

  test('that counts in seconds is warned, once', async () => {
    const { stderr } = await runNode([`${workers}seconds.mjs`]);
    assert.equal(
      stderr.match(/TaskWarning: .*/g)?.join(),
      "TaskWarning: interval: 5 is 5 milliseconds; write '5s' or '5ms'",
    );
  });

  test('loads croner only when cron is used', async () => {
    const { stdout } = await runNode([`${workers}without-cron.mjs`]);
    assert.equal(stdout, 'false\ntrue\n');
  });

  test('getInfo of 1,000 workers takes less than a millisecond, also with 1,000,000 tasks that wait', async () => {
    const { stdout, stderr, code } = await runNode([`${workers}get-info.mjs`]);
    assert.deepEqual([stderr, code], ['', 0]);
    assert.ok(Number(stdout) < 1, `${stdout} ms`); // a millisecond is not enough to look at each task
  });
});
