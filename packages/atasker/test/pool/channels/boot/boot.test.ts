import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { assertGone, childrenOf } from '../../../support/gone.ts';
import { fixtures, runNode, type ProgramOptions } from '../../../support/program.ts';
import { RunningProgram } from '../../../support/running-program.ts';

const boot = `${fixtures}boot/`;
const TYPES = ['thread', 'process'] as const;
const folder = mkdtempSync(join(tmpdir(), 'atasker-boot-'));
after(() => rmSync(folder, { recursive: true }));

async function lines(args: readonly string[], options: ProgramOptions = {}): Promise<string[]> {
  const { stdout, stderr, code } = await runNode(args, { cwd: boot, ...options });
  assert.equal(code, 0, stderr);
  return stdout.trimEnd().split('\n');
}

const looked = (
  fields: Partial<Record<'execArgv' | 'options' | 'file' | 'pre' | 'folder', unknown>>,
  tt: string,
): string =>
  JSON.stringify([
    [tt, 'look'],
    fields.execArgv ?? [],
    fields.options ?? null,
    fields.file ?? null,
    fields.pre ?? null,
    fields.folder ?? 'boot',
    'undefined',
    'undefined',
    [],
  ]);

describe('a member starts with what is the program’s own:', { timeout: 120_000 }, () => {
  for (const tt of TYPES) {
    test(`arguments, flags and environment, and nothing of ours (${tt})`, async () => {
      assert.deepEqual(await lines(['main.mjs', tt, 'look']), [looked({}, tt)]);
    });

    test(`modules that are preloaded and files of variables, after the program has changed its folder (${tt})`, async () => {
      const env = { CHDIR: '..' };
      const flags = ['--import', './setup.mjs', '--env-file=settings.env', '-r', './pre.cjs'];
      const told = await lines([...flags, 'main.mjs', tt, 'look'], { env });
      assert.deepEqual(told, [looked({ execArgv: flags, file: 'yes', pre: 'pre', folder: 'fixtures' }, tt)]);
      const options = '--require="./pre.cjs"';
      const byOptions = await lines(['main.mjs', tt, 'look'], { env: { ...env, NODE_OPTIONS: options } });
      assert.deepEqual(byOptions, [looked({ options, pre: 'pre', folder: 'fixtures' }, tt)]);
    });

    test(`a module that is preloaded may import the library (${tt})`, async () => {
      assert.deepEqual(await lines(['--import', './setup.mjs', 'main.mjs', tt, 'triple']), ['21']);
      assert.deepEqual(await lines(['-r', './pre.cjs', 'main.mjs', tt, 'triple']), ['21']);
    });
  }

  test('threads may share the environment of the program', async () => {
    assert.deepEqual(await lines(['main.mjs', 'thread', 'share'], { env: { SHARE: '1' } }), ['undefined', 'yes']);
  });

  for (const NODE_OPTIONS of ['--inspect=0', '--inspect-port=0 --inspect']) {
    test(`no inspector of its own: NODE_OPTIONS=${NODE_OPTIONS}`, async () => {
      const { stdout, stderr } = await runNode(['main.mjs', 'process', 'triple'], { cwd: boot, env: { NODE_OPTIONS } });
      assert.equal(stdout, '21\n');
      assert.equal(stderr.match(/Debugger listening/g)?.length, 1);
    });
  }

  for (const flags of [['-p'], ['--input-type=module', '-e']]) {
    test(`none that says how the program is run: ${flags.join(' ')}`, async () => {
      for (const tt of TYPES) {
        const code = `process.argv.push('${tt}', 'triple'); import(${JSON.stringify(`${boot}main.mjs`)}).then(() => {}); 0`;
        const { stdout, stderr } = await runNode([...flags, code, 'x'], { cwd: boot });
        assert.match(stdout, /(^|\n)21\n/, stderr);
        assert.doesNotMatch(stdout, /require|function/);
      }
    });
  }
});

describe('user code in a member does not affect other code:', { timeout: 120_000 }, () => {
  test('it cannot reach the port, the queue or the role of its thread', async () => {
    assert.deepEqual(await lines(['main.mjs', 'thread', 'reach']), [JSON.stringify([null, null, null, []])]);
  });

  test('a preloaded module that damages the data of the library makes its pool fail with the cause', async () => {
    const [told] = await lines(['-r', './spoils.cjs', 'main.mjs', 'thread', 'triple']);
    assert.match(told!, /^ERR_POOL_BROKEN: .*null/);
  });

  for (const tt of TYPES) {
    test(`process.removeAllListeners(): the next task runs, and an uncaught error has its task (${tt})`, async () => {
      const told = await lines(['main.mjs', tt, 'clean', 'triple', 'stray', 'triple']);
      assert.deepEqual(told, ['clean', '21', 'Error: stray', '21']);
    });

    test(`a replaced process.stdout.write, and process.stdout.end() (${tt})`, async () => {
      const captured = await lines(['main.mjs', tt, 'capture', 'triple']);
      assert.deepEqual(captured.toSorted(), ['21', 'before', 'captured']);
      const ended = await lines(['main.mjs', tt, 'ends', 'triple']);
      assert.deepEqual(ended.toSorted(), ['21', 'ended', 'the last line']);
    });
  }

  test('bytes in a descriptor of its process end that process', async () => {
    const [told, next] = await lines(['main.mjs', 'process', 'garbage', 'triple']);
    assert.match(told!, /^ERR_TASK_LOST: /);
    assert.equal(next, '21');
  });
});

describe('what a task has printed is printed', { timeout: 120_000 }, () => {
  for (const tt of TYPES) {
    test(`when it is ended in an endless loop (${tt})`, async () => {
      const told = await lines(['main.mjs', tt, 'loops']);
      assert.equal(told.filter((line) => line === 'line').length, 5);
    });

    test(`when the program exits with its result (${tt})`, async () => {
      const told = await lines(['main.mjs', tt, 'prints'], { env: { QUIT: '1' } });
      assert.equal(told.filter((line) => line === 'line').length, 300);
    });
  }
});

describe('processes and the end of the program:', { timeout: 120_000 }, () => {
  test('they exit by themselves when it has nothing more to do: exit handlers run, coverage and profiles are written', async () => {
    const coverage = join(folder, 'coverage');
    const profiles = join(folder, 'profiles');
    const env = { TELLS_EXIT: '1', NODE_V8_COVERAGE: coverage };
    const flags = ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
    const { stderr } = await runNode([...flags, 'main.mjs', 'process', 'triple'], { cwd: boot, env });
    assert.equal(stderr, 'exit handler\n');
    assert.equal(readdirSync(profiles).length, 2);
    assert.equal(readdirSync(coverage).length, 2);
  });

  for (const how of ['exit', 'SIGTERM', 'SIGKILL'] as const) {
    test(`one that hangs in a module it preloads is gone within a second: ${how}`, async () => {
      const program = new RunningProgram([`${boot}starting.mjs`]);
      await program.waitOutput('starting');
      const children = childrenOf(program.child.pid!);
      assert.ok(children.length > 0);
      if (how === 'exit') program.child.stdin!.write('exit\n');
      else program.child.kill(how);
      await program.finished();
      await assertGone(children);
    });
  }
});

describe('a member that cannot start', { timeout: 120_000 }, () => {
  for (const tt of TYPES) {
    test(`for want of descriptors: the pool is broken with that cause, and whole again (${tt})`, async () => {
      const { runtimeCommand } = await import('../../../support/runtime.ts');
      const script = `ulimit -n 128; exec "$@" descriptors.mjs ${tt}`;
      const launcher = join(folder, 'limited.sh');
      writeFileSync(launcher, `#!/bin/bash\n${script}\n`);
      chmodSync(launcher, 0o755);
      const code = `const { spawnSync } = require('node:child_process'); process.stdout.write(spawnSync(${JSON.stringify(launcher)}, ${JSON.stringify(runtimeCommand)}, { encoding: 'utf8' }).stdout)`;
      assert.deepEqual(await lines(['-e', code]), ['ERR_POOL_BROKEN true', '6']);
    });
  }

  test('tells the first line of its standard error', async () => {
    const [told] = await lines(['main.mjs', 'process', 'triple'], { env: { EXEC_ARGV: '--no-such-flag' } });
    assert.match(told!, /^ERR_POOL_BROKEN: .*exit code 9 .*bad option: --no-such-flag/);
  });

  test('since the runtime is the program itself: it is started once, and refused with words; threads work', async () => {
    const launcher = join(folder, 'launcher.sh');
    const starts = join(folder, 'starts');
    // Whatever it is given it runs the program. The bound keeps a fault from becoming many processes.
    const guard = `[ "$(wc -l < ${starts})" -lt 20 ] || exit 1`;
    writeFileSync(launcher, `#!/bin/bash\n${guard}\nexec ${process.execPath} ${boot}packed.mjs\n`);
    chmodSync(launcher, 0o755);
    const told = await lines(['packed.mjs'], { env: { LAUNCHER: launcher, STARTS: starts } });
    assert.match(told[0]!, /^ERR_POOL_BROKEN: .*runs the program itself.*use threads/);
    assert.equal(told[1], '3');
    assert.equal(readFileSync(starts, 'utf8'), 'start\n', 'the child ends where it imports the library');
  });
});
