/**
 * Two nodes run the tasks of this program, which are in an SQLite file. One of the nodes is killed in the middle of its
 * tasks, and nothing is lost: they run again on the other one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterSupervisor } from '@atasker/cluster';
import type { Task } from 'atasker';
import { resize, type Resized } from './tasks.ts';

const IMAGES = 200;
const KILLED_AFTER = 20;

const folder = mkdtempSync(join(tmpdir(), 'atasker-cluster-'));
const store = `sqlite:${join(folder, 'tasks.db')}`;
const nodes = [startNode(), startNode()];
const cluster = new ClusterSupervisor({ store, lease: '1s' });

const tasks = Array.from({ length: IMAGES }, (_, image) => resize.with({ supervisor: cluster })(image));
await Promise.all(tasks.map(({ accepted }) => accepted));
console.log(`${IMAGES} tasks are accepted`);

const victim = await nodeOfRunningTask();
victim.kill('SIGKILL');
console.log('a node is killed while it runs some of them');

const results = await Promise.all(tasks);
const again = results.filter(({ attempt }) => attempt > 1);
console.log(`${new Set(results.map(({ image }) => image)).size} tasks have completed, nothing is lost`);
console.log(again.length > 0 ? 'some ran a second time, on the other node' : 'none ran a second time');

await cluster.stop();
for (const node of nodes) await ended(node);
rmSync(folder, { recursive: true });

/** The same as: npx atasker-node ./tasks.js --store sqlite:… --pool-size 2 */
function startNode(): ChildProcess {
  const program = join(dirname(createRequire(import.meta.url).resolve('@atasker/cluster/package.json')), 'dist/cli.js');
  const file = fileURLToPath(new URL('tasks.js', import.meta.url));
  const args = [program, file, '--store', store, '--pool-size', '2', '--lease', '1s'];
  return spawn(process.execPath, args, { stdio: 'ignore' });
}

/** The node that runs a task, after some tasks have completed. */
async function nodeOfRunningTask(): Promise<ChildProcess> {
  await Promise.all(tasks.slice(0, KILLED_AFTER));
  const running = new Promise<number>((resolve) => {
    const tell = (task: Task<Resized>): void => void task.onProgress((pid) => resolve(pid as number));
    for (const task of tasks.slice(KILLED_AFTER)) tell(task);
  });
  const pid = await running;
  return nodes.find((node) => node.pid === pid)!;
}

async function ended(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return;
  node.kill('SIGTERM');
  await once(node, 'exit');
}
