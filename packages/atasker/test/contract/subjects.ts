import { test } from 'node:test';
import { TaskSupervisor, type AloopPoolOptions, type ProcessPoolOptions, type ThreadPoolOptions } from 'atasker';
import { appliesTo, executorContract, type ContractPoolOptions, type ContractSubject } from 'atasker/testing';

export const threads: ContractSubject = {
  tt: 'thread',
  traits: ['copies', 'ends', 'alone', 'threads', 'near'],
  longestChain: 30,
  makeSupervisor: ({ pool, ...options }) => new TaskSupervisor({ ...options, threadPool: ofThreads(pool) }),
  configure: (supervisor, pool) => supervisor.setThreadPool(ofThreads(pool)),
};

/** The same threads, each of which is sent its tasks. */
export const threadsByMessages: ContractSubject = {
  ...threads,
  makeSupervisor: ({ pool, ...options }) =>
    new TaskSupervisor({ ...options, transport: 'message', threadPool: ofThreads(pool) }),
};

export const processes: ContractSubject = {
  tt: 'process',
  traits: ['copies', 'ends', 'alone', 'processes', 'near'],
  longestChain: 10,
  makeSupervisor: ({ pool, ...options }) => new TaskSupervisor({ ...options, processPool: ofProcesses(pool) }),
  configure: (supervisor, pool) => supervisor.setMpPool(ofProcesses(pool)),
};

export const eventLoop: ContractSubject = {
  tt: 'async',
  traits: ['references', 'shares', 'near'],
  longestChain: 100,
  makeSupervisor: ({ pool, ...options }) => new TaskSupervisor({ ...options, asyncPool: pool }),
  configure: (supervisor, pool) => supervisor.setAsyncPool(pool),
};

export const aloop: ContractSubject = {
  tt: 'async',
  loop: 'contract',
  traits: ['copies', 'ends', 'shares', 'threads', 'near'],
  longestChain: 100,
  makeSupervisor({ pool, ...options }) {
    const supervisor = new TaskSupervisor(options);
    supervisor.createAloop('contract', { pool: ofAloop(pool), daemon: true });
    return supervisor;
  },
  poolOf: (supervisor) => supervisor.getInfo().aloops[0]!.pool,
  configure: (supervisor, pool) => supervisor.getAloop('contract')!.setPool(ofAloop(pool)),
};

/** An aloop has one thread, which lives as long as the aloop. */
function ofAloop({ maxSize, idleTimeout, ...options }: ContractPoolOptions): AloopPoolOptions {
  return ofThreads(options);
}

function ofThreads({ heapMb, ...options }: ContractPoolOptions): ThreadPoolOptions {
  return heapMb === undefined ? options : { ...options, resourceLimits: { maxOldGenerationSizeMb: heapMb } };
}

function ofProcesses({ heapMb, ...options }: ContractPoolOptions): ProcessPoolOptions {
  return heapMb === undefined ? options : { ...options, execArgv: [`--max-old-space-size=${heapMb}`] };
}

/** Every row that applies. */
export function testContract(subject: ContractSubject, name: string = subject.tt): void {
  for (const row of executorContract) {
    if (appliesTo(row, subject)) {
      test(`${row.group}: ${row.name} (${name})`, { timeout: 60_000 }, () => row.run(subject));
    }
  }
}
