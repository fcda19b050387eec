/** A node as a program has it: `node cluster-node.js SETTINGS`. */
import { isPoolThread } from 'atasker';
import { ClusterSupervisor, SqliteStore } from '@atasker/cluster';
import { LoggedStore } from '../logged-store.ts';
import { NODE } from './cluster-tasks.ts';
import { ProgramLog } from './program-log.ts';
import { settings } from './settings.ts';

async function main(): Promise<void> {
  const { name, path, log: logPath, leaseMs, maxLost, lacksRare, limits } = settings();
  const log = new ProgramLog(logPath);
  Object.assign(process.env, { [NODE.name]: name, [NODE.log]: logPath, [NODE.pid]: `${process.pid}` });
  const files = ['cluster-tasks.js', ...(lacksRare ? [] : ['cluster-rare-tasks.js'])];
  const node = new ClusterSupervisor({
    store: new LoggedStore(new SqliteStore(path), (event) => log.note(event)),
    id: name,
    node: { tasks: files.map((file) => new URL(file, import.meta.url)), grace: 1_000 },
    lease: leaseMs,
    maxLost,
    threadPool: limits.thread,
    processPool: limits.process,
    asyncPool: limits.async,
  });
  process.on('SIGTERM', () => void node.stop());
  process.on('SIGUSR2', () => {
    log.note({ type: 'loopBlocked', node: name, ms: 1.5 * leaseMs });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.5 * leaseMs);
  });
  process.on('disconnect', () => process.exit(1)); // the run is over
  process.channel?.unref();
  const stopped = node.block();
  await node.startNode();
  const definitions = ['resize', 'index', 'fails', 'nest', 'block', 'deadly', ...(lacksRare ? [] : ['rare'])];
  log.note({ type: 'nodeUp', node: name, definitions, limits });
  await stopped;
}

if (!isPoolThread) await main();
