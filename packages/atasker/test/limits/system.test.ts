import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixtures, packageFolder } from '../support/program.ts';
import { runtimeCommand } from '../support/runtime.ts';

/** How many tasks the program calls in each round. */
const TASKS = 40;

/** How the tasks of one round ended. */
interface Round {
  readonly right: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** A user that has no other processes, so that a limit of processes and threads counts only those of the program. */
const USER = 54_321;

const [node] = runtimeCommand;
const isWindows = process.platform === 'win32';

/** Runs the program with a limit set by the shell; the program must end by itself, with every task settled. */
function roundsUnder(limit: string, args: string, options: { folder?: string; asUser?: boolean } = {}): Round[] {
  const { folder = fixtures, asUser = false } = options;
  const script = `ulimit ${limit}; exec "${node}" "${join(folder, 'limits/pool.mjs')}" ${args}`;
  const user = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'];
  const [command, ...first] = asUser ? ['setpriv', ...user, 'bash'] : ['bash'];
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const { stdout, stderr, status, signal } = spawnSync(command!, [...first, '-c', script], {
    encoding: 'utf8',
    env,
    timeout: 80_000,
    killSignal: 'SIGKILL',
  });
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stdout + stderr);
  const rounds = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Round);
  for (const { right, failures } of rounds) {
    assert.equal(right + Object.values(failures).reduce((sum, count) => sum + count, 0), TASKS, stdout);
    for (const what of Object.keys(failures)) assert.match(what, /^ERR_(POOL_BROKEN|TASK_LOAD) ./, stdout);
  }
  return rounds;
}

describe('when descriptors run out,', { skip: isWindows && 'Windows has no ulimit' }, () => {
  for (const [args, cause] of [
    ['thread shared', 'ERR_WORKER_INIT_FAILED'],
    ['thread message', 'ERR_WORKER_INIT_FAILED'],
    ['process shared', 'EMFILE'],
  ] as const) {
    test(`tasks of a ${args} pool fail with the cause, and the pool works again when descriptors are free`, () => {
      const [scarce, plenty] = roundsUnder('-n 200', `${args} 2`);
      assert.deepEqual(scarce, { right: 0, failures: { [`ERR_POOL_BROKEN ${cause}`]: TASKS } });
      assert.deepEqual(plenty, { right: TASKS, failures: {} });
    });

    test(`a ${args} pool that can start only some of its members runs tasks with them, and then all`, () => {
      for (const left of [12, 20, 40]) {
        const [, plenty] = roundsUnder('-n 200', `${args} ${left}`);
        assert.deepEqual(plenty, { right: TASKS, failures: {} });
      }
    });
  }
});

const canChangeUser = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;

describe(
  'when threads and processes run out,',
  { skip: !canChangeUser && 'only root can run a program as another user' },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'atasker-limits-'));
    before(() => {
      chmodSync(folder, 0o755);
      cpSync(join(fixtures, 'limits'), join(folder, 'limits'), { recursive: true });
      for (const part of ['package.json', 'dist']) {
        cpSync(join(packageFolder, part), join(folder, 'node_modules/atasker', part), { recursive: true });
      }
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const args of ['thread shared', 'thread message', 'process shared']) {
      test(`a ${args} pool runs its tasks with those that could start, or fails them with the cause`, () => {
        const rights = [12, 16, 24, 40, 90].map((most) => {
          const [round] = roundsUnder(`-u ${most}`, args, { folder, asUser: true });
          assert.ok(round!.right === TASKS || round!.right === 0, JSON.stringify(round));
          return round!.right;
        });
        assert.equal(rights.at(-1), TASKS);
      });
    }
  },
);

describe('when the address space is small,', { skip: isWindows && 'Windows has no ulimit' }, () => {
  test('tasks run in processes, which have an address space of their own', () => {
    // One process needs up to 2.2 GB for V8, on Node.js 26, which then has nothing to spare.
    assert.deepEqual(roundsUnder('-v 3000000', 'process shared'), [{ right: TASKS, failures: {} }]);
  });
});
