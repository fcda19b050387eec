import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ClusterSupervisor, MemoryHub, MemoryStore } from '@atasker/cluster';
import type { SupervisorOptions, TaskSupervisor, TaskType } from 'atasker';
import {
  appliesTo,
  executorContract,
  type ContractPoolOptions,
  type ContractSubject,
  type ContractTrait,
} from 'atasker/testing';
import type { ToNode } from './node.ts';

const NODE = fileURLToPath(new URL('node.js', import.meta.url));

/** What runs the tasks of a supervisor. */
interface Runs {
  configure(options: SupervisorOptions): void;
  define?(name: string, module: string): void;
  stop(): Promise<void>;
}

const runs = new Map<TaskSupervisor, Runs>();

/** The submitter and the node in this program, over a store in memory. */
function overMemory({ clock, ...options }: Given): readonly [ClusterSupervisor, Runs] {
  const hub = new MemoryHub();
  const node = new ClusterSupervisor({ ...options, store: new MemoryStore(hub), node: { grace: 0 } });
  node.start();
  return [
    new ClusterSupervisor({ ...options, clock, store: new MemoryStore(hub) }),
    {
      configure({ threadPool, processPool, asyncPool }) {
        if (threadPool) node.setThreadPool(threadPool);
        if (processPool) node.setMpPool(processPool);
        if (asyncPool) node.setAsyncPool(asyncPool);
      },
      stop: async () => void (await node.stop()),
    },
  ];
}

/** The node in a program of its own, over an SQLite file. */
function overSqlite({ clock, ...options }: Given): readonly [ClusterSupervisor, Runs] {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-cluster-'));
  const store = `sqlite:${join(folder, 'tasks.db')}`;
  const child = fork(NODE, { serialization: 'advanced' }); // options may be Infinity
  const send = (message: ToNode): void => void child.send(message);
  send({ type: 'start', options: { ...options, store, node: { grace: 0 } } });
  return [
    new ClusterSupervisor({ ...options, clock, store }),
    {
      configure: (given) => send({ type: 'configure', options: given }),
      define: (name, module) => send({ type: 'define', name, module }),
      async stop() {
        await whenKilled(child);
        rmSync(folder, { recursive: true });
      },
    },
  ];
}

async function whenKilled(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

/** The options of a row, for the supervisors on both sides. */
type Given = SupervisorOptions;

const TRAITS: Readonly<Record<TaskType, { readonly traits: readonly ContractTrait[]; readonly longestChain: number }>> =
  {
    thread: { traits: ['copies', 'ends', 'alone'], longestChain: 30 },
    process: { traits: ['copies', 'ends', 'alone', 'processes'], longestChain: 10 },
    async: { traits: ['copies', 'shares'], longestChain: 100 },
  };

function subjectOf(tt: TaskType, make: typeof overMemory): ContractSubject {
  return {
    tt,
    ...TRAITS[tt],
    makeSupervisor({ pool, ...options }) {
      const [supervisor, run] = make({ ...options, ...poolOptions(tt, pool) });
      runs.set(supervisor, run);
      return supervisor;
    },
    configure: (supervisor, pool) => runs.get(supervisor)!.configure(poolOptions(tt, pool)),
    define: (supervisor, name, module) => runs.get(supervisor)!.define?.(name, module),
  };
}

function poolOptions(tt: TaskType, { heapMb, ...options }: ContractPoolOptions): SupervisorOptions {
  switch (tt) {
    case 'thread':
      return { threadPool: { ...options, ...(heapMb && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }) } };
    case 'process':
      return { processPool: { ...options, ...(heapMb && { execArgv: [`--max-old-space-size=${heapMb}`] }) } };
    case 'async':
      return { asyncPool: options };
  }
}

/** A node passes on what it hears of a progress, whether or not the submitter is too busy to read it. */
const NOT_OVER_SQLITE = new Set(['values that the caller is too busy to read are dropped, except the last one']);

/** Rows in which the caller blocks the event loop, which the node shares over memory. */
const NOT_OVER_MEMORY = new Set(['a result that arrives before the timeout counts, however late it is read']);

/** Every row that applies. */
export function testContract(tt: TaskType, over: 'memory' | 'sqlite'): void {
  const subject = subjectOf(tt, over === 'memory' ? overMemory : overSqlite);
  afterEach(async () => {
    for (const run of runs.values()) await run.stop();
    runs.clear();
  });
  for (const row of executorContract) {
    const isLeftOut = (over === 'memory' ? NOT_OVER_MEMORY : NOT_OVER_SQLITE).has(row.name);
    if (appliesTo(row, subject) && !isLeftOut) {
      test(`${row.group}: ${row.name} (${tt} over ${over})`, { timeout: 60_000 }, () => row.run(subject));
    }
  }
}
