import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const packages = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'atasker-packed-'));
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
const run = promisify(execFile);

const TASKS = `
export const add = backgroundTask(function add(a, b) {
  return a + b;
});
`;

const BODY = `
main(async () => {
  const cluster = new ClusterSupervisor({ store: 'sqlite:./tasks.db', node: true });
  const task = add.with({ supervisor: cluster })(1, 2);
  await task.accepted;
  console.log(await task, await add.with({ supervisor: cluster, tt: 'process' })(3, 4));
  console.log((await cluster.findTask(task.id)).state);
  await cluster.stop();
});
`;

const FILES = {
  'tasks.mjs': `import { backgroundTask } from 'atasker';\n${TASKS}`,
  'main.mjs': `import { main } from 'atasker';\nimport { ClusterSupervisor } from '@atasker/cluster';\nimport { add } from './tasks.mjs';\n${BODY}`,
  'tasks.cjs': `const { backgroundTask } = require('atasker');\n${TASKS.replace('export const add', 'exports.add')}`,
  'main.cjs': `const { main } = require('atasker');\nconst { ClusterSupervisor } = require('@atasker/cluster');\nconst { add } = require('./tasks.cjs');\n${BODY}`,
};

function pack(name: string): string {
  const args = ['pack', join(packages, name), '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(npm(...args)) as [{ filename: string }];
  return join(folder, filename);
}

function npm(...args: readonly string[]): string {
  return execFileSync('npm', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Node.js 22.13 or later has an SQLite of its own. */
function needsLibsql(): boolean {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  return getBuiltinModule?.('node:sqlite') === undefined;
}

describe('the packages, from their tarballs', { timeout: 120_000 }, () => {
  before(() => {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const { peerDependencies } = JSON.parse(readFileSync(join(packages, 'cluster/package.json'), 'utf8')) as {
      peerDependencies: Readonly<Record<string, string>>;
    };
    const libsql = needsLibsql() ? [`libsql@${peerDependencies['libsql']}`] : [];
    npm('install', pack('atasker'), pack('cluster'), ...libsql, '--prefer-offline', '--no-audit', '--no-fund');
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const program of ['main.mjs', 'main.cjs']) {
    test(`run a program that is submitter and node: ${program}`, async () => {
      const { stdout, stderr } = await run(process.execPath, [program], { cwd: folder, env });
      const isSaid = /ExperimentalWarning: (SQLite|CommonJS module|Support for loading ES Module)/;
      const others = stderr
        .split('\n')
        .filter((line) => line !== '' && !isSaid.test(line) && !line.includes('--trace-warnings'));
      assert.deepEqual(others, []);
      assert.equal(stdout, '3 7\ncompleted\n');
    });
  }

  test('have the command atasker-node', async () => {
    const { stdout } = await run('npx', ['--no-install', 'atasker-node', '--version'], { cwd: folder, env });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
