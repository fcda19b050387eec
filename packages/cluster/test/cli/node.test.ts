import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { holdStubbornly, where } from '../tasks/tasks.ts';
import { open, Programs, whereabouts } from '../support/programs.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const TASKS = fileURLToPath(new URL('../tasks/tasks.js', import.meta.url));
const children: ChildProcess[] = [];
after(() => children.forEach((child) => child.kill('SIGKILL')));

function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function runCli(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = startCli(args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}

/** Resolves when it has written a line like this. */
async function whenSaid(child: ChildProcess, line: RegExp): Promise<void> {
  for await (const said of createInterface({ input: child.stderr! })) if (line.test(said)) return;
  assert.fail(`it never said ${line}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe('atasker-node', () => {
  test('runs tasks of its file, answers over HTTP, and ends with 0 at SIGTERM', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const port = await freePort();
    const args = [TASKS, '--pool-size', '2', '--reserve-high', '1', '--http-port', String(port), '--grace', '5s'];
    const child = startCli([...args, '--id', 'cli'], { ATASKER_STORE: programs.store });
    await whenSaid(child, /atasker-node: cli-\w+ is ready/);
    assert.equal((await where.with({ supervisor })()).pid, child.pid);
    const get = async (path: string): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, await response.text()];
    };
    assert.deepEqual(await get('/healthz'), [200, 'ok\n']);
    assert.deepEqual(await get('/readyz'), [200, 'ready\n']);
    const [status, metrics] = await get('/metrics');
    assert.equal(status, 200);
    assert.match(metrics, /^atasker_node_ready 1$/m);
    assert.match(metrics, /^atasker_cluster_queued\{tt="thread",priority="low"\} 0$/m);
    assert.equal((await get('/other'))[0], 404);
    const gate = programs.file();
    const held = holdStubbornly.with({ supervisor })(gate);
    await whereabouts(held);
    child.kill('SIGTERM');
    await whenSaid(child, /SIGTERM: finishing 1 tasks/);
    assert.equal((await get('/readyz'))[0], 503);
    open(gate);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal((await held).pid, child.pid);
  });

  test('ends at once at a second signal', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const child = startCli([TASKS, '--store', programs.store, '--grace', '1h']);
    await whenSaid(child, /is ready/);
    const held = holdStubbornly.with({ supervisor })(programs.file());
    await whereabouts(held);
    child.kill('SIGTERM');
    await whenSaid(child, /SIGTERM/);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
  });

  test('refuses wrong use with exit code 2, and says what is right', async () => {
    for (const [args, message] of [
      [[], /TASKS/],
      [[TASKS], /name the store: --store sqlite:\.\/tasks\.db, or ATASKER_STORE/],
      [[TASKS, '--store', 'mysql:x'], /store must be 'memory', 'sqlite:PATH'/],
      [[TASKS, '--store', 'memory', '--pool-size', 'two'], /--pool-size must be a whole number, got two/],
      [[TASKS, '--store', 'memory', '--pool-size', '2', '--pool-size', '4'], /--pool-size is given twice/],
      [[TASKS, '--store', 'memory', '--pool', '2'], /Unknown option '--pool'/],
      [[TASKS, '--store', 'memory', '--grace', 'soon'], /grace must be whole milliseconds/],
    ] as const) {
      const { code, stderr } = await runCli(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });

  test('exits with 1 if it cannot start', async () => {
    const { code, stderr } = await runCli(['./no-such-file.js', '--store', 'memory']);
    assert.equal(code, 1);
    assert.match(stderr, /no-such-file\.js/);
  });

  test('exits with 1, and says why, if the store cannot be opened', async () => {
    const { code, stderr } = await runCli([TASKS, '--store', 'sqlite:/no/such/folder/tasks.db']);
    assert.equal(code, 1);
    assert.match(stderr, /^atasker-node: .*\/no\/such\/folder\/tasks\.db cannot be opened/);
    assert.doesNotMatch(stderr, /Warning/); // it is said once
  });

  test('explains itself with --help', async () => {
    const { code, stdout } = await runCli(['--help']);
    assert.equal(code, 0);
    for (const word of ['--store', '--grace', 'SIGTERM', 'ATASKER_POOL_SIZE']) assert.ok(stdout.includes(word), word);
  });
});
