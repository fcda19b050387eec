import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { handleSignals } from 'atasker';
import { fixtures } from './support/program.ts';
import { RunningProgram } from './support/running-program.ts';

/** Its output ends with the last process of its own, so `finished` shows that none is left. */
async function service(grace: string, what: 'hold' | 'spin'): Promise<RunningProgram> {
  const program = new RunningProgram([`${fixtures}signals/service.mjs`, grace, what], { detached: true });
  await program.waitOutput('running');
  return program;
}

describe('a signal to the group of the program, as a terminal sends it,', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const) {
    test(`ends no busy process if the program handles it: ${signal}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'atasker-signals-'));
      const args = [`${fixtures}signals/group.mjs`, signal, join(folder, 'go')];
      const program = new RunningProgram(args, { detached: true });
      await program.waitOutput('busy');
      process.kill(-program.child.pid!, signal);
      const end = await program.finished();
      rmSync(folder, { recursive: true });
      assert.deepEqual(end, { stdout: `busy\nhandled ${signal}\ndone\n`, stderr: '', code: 0, signal: null });
    });
  }
});

describe('handleSignals:', () => {
  test('the first signal runs `before`, lets running and waiting tasks finish, and ends the program with code 0', async () => {
    const program = await service('1h', 'hold');
    program.child.kill('SIGTERM');
    await program.waitOutput('server closed');
    program.child.stdin!.write('go\n');
    const { stdout, ...end } = await program.finished();
    assert.equal(stdout, 'idle process 2\nrunning\nbefore SIGTERM\nserver closed\nheld 42\n');
    assert.deepEqual(end, { stderr: '', code: 0, signal: null });
  });

  test('Ctrl-C in a terminal, which goes to the processes too, does the same', async () => {
    const program = await service('1h', 'hold');
    process.kill(-program.child.pid!, 'SIGINT');
    await program.waitOutput('server closed');
    program.child.stdin!.write('go\n');
    const { stdout, ...end } = await program.finished();
    assert.match(stdout, /before SIGINT\nserver closed\nheld 42\n$/);
    assert.deepEqual(end, { stderr: '', code: 0, signal: null });
  });

  test('after the grace period the remaining tasks are cancelled, and the signal ends the program', async () => {
    const program = await service('10ms', 'spin');
    program.child.kill('SIGTERM');
    const { stdout, ...end } = await program.finished();
    assert.match(stdout, /server closed\nERR_TASK_CANCELED\n$/);
    assert.deepEqual(end, { stderr: '', code: null, signal: 'SIGTERM' });
  });

  test('the second signal ends the program at once, with its processes', async () => {
    const program = await service('1h', 'spin');
    program.child.kill('SIGINT');
    await program.waitOutput('server closed');
    program.child.kill('SIGINT');
    assert.equal((await program.finished()).signal, 'SIGINT');
  });

  const asFirst = ['--user', '--map-root-user', '--pid', '--fork'];
  const isThere = spawnSync('unshare', [...asFirst, 'true']).status === 0;
  test(
    'the first process of a container, which no signal ends, exits with the code of the signal',
    { skip: !isThere && 'needs unshare of Linux' },
    () => {
      const program = `${fixtures}signals/first-process.mjs`;
      const options = { encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' } as const;
      const end = spawnSync('unshare', [...asFirst, '--kill-child', process.execPath, program], options);
      assert.deepEqual([end.stdout, end.stderr, end.status], ['1 ERR_TASK_CANCELED\n', '', 143]);
    },
  );

  test('without it the library handles no signal', () => {
    assert.equal(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM'), 0);
    const release = handleSignals();
    assert.deepEqual([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')], [1, 1]);
    release();
    release();
    assert.equal(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM'), 0);
  });

  test('wrong options are refused', () => {
    const wrong = (options: unknown, message: RegExp): void => {
      assert.throws(() => handleSignals(options as never), { code: 'ERR_INVALID_OPTION', message });
    };
    wrong({ grace: -1 }, /grace/);
    wrong({ before: 'now' }, /before/);
    wrong({ signals: ['SIGNOPE'] }, /SIGNOPE/);
    wrong({ signals: ['SIGKILL'] }, /SIGKILL/);
    wrong({ gracePeriod: 1 }, /grace/);
  });
});
