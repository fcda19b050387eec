import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { fixtures, runNode, type Finished } from '../../../support/program.ts';

const sources = `${fixtures}single-executable/`;
const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

describe('a single executable', { timeout: 120_000 }, () => {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'atasker-sea-'));
    await bundle('app.mjs', 'app.cjs');
  });
  after(() => rmSync(folder, { recursive: true }));

  async function bundle(entry: string, name: string): Promise<string> {
    const outfile = join(folder, name);
    await build({ entryPoints: [sources + entry], outfile, bundle: true, format: 'cjs', platform: 'node' });
    return outfile;
  }

  /** A copy of Node.js that runs this script and nothing else. */
  function executable(name: string, script: string): string {
    const [blob, config, file] = [join(folder, `${name}.blob`), join(folder, `${name}.json`), join(folder, name)];
    writeFileSync(config, JSON.stringify({ main: script, output: blob, disableExperimentalSEAWarning: true }));
    execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'ignore' });
    copyFileSync(process.execPath, file);
    chmodSync(file, 0o755);
    execFileSync(process.execPath, [postject, file, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', SENTINEL]);
    return file;
  }

  async function run(file: string): Promise<Finished & { readonly starts: string }> {
    const starts = `${file}.starts`;
    const finished = await runExecutable(file, { STARTS: starts });
    return { ...finished, starts: readFileSync(starts, 'utf8') };
  }

  /** Started by a Node.js program, which ends it if it runs for ever. */
  function runExecutable(file: string, env: Record<string, string>): Promise<Finished> {
    const code = `const { spawnSync } = require('node:child_process');
      const { status } = spawnSync(${JSON.stringify(file)}, { stdio: 'inherit', timeout: 60_000 });
      process.exitCode = status ?? 99;`;
    return runNode(['-e', code], { env });
  }

  test('with a bundle beside it: threads work, a process task fails with a clear error, and no process is started', async () => {
    const { stdout, code, starts } = await run(executable('beside', `${sources}beside.cjs`));
    const [processTask, threadTask] = stdout.trim().split('\n');
    assert.match(processTask!, /^process ERR_POOL_BROKEN: .*single executable.*use threads/);
    assert.equal(threadTask, 'thread 21');
    assert.deepEqual([code, starts], [0, 'start\n']);
  });

  test('with the tasks in its script: each task fails with a clear error, and no process is started', async () => {
    const { stdout, code, starts } = await run(executable('inside', await bundle('inside.mjs', 'inside.cjs')));
    const [processTask, threadTask] = stdout.trim().split('\n');
    assert.match(processTask!, /^process ERR_POOL_BROKEN: .*single executable.*use threads/);
    assert.match(threadTask!, /^thread ERR_POOL_BROKEN: .*single executable.*beside the executable/);
    assert.deepEqual([code, starts], [0, 'start\n']);
  });
});
