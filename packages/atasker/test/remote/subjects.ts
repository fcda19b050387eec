import { TaskSupervisor, type SupervisorOptions, type TaskType } from 'atasker';
import type { ContractPoolOptions, ContractSubject, ContractTrait } from 'atasker/testing';
import { Toy } from './toy.ts';

const toys = new WeakMap<TaskSupervisor, Toy>();

/** A supervisor whose tasks run in another program. */
function remotely(tt: TaskType, traits: readonly ContractTrait[], longestChain: number): ContractSubject {
  return {
    tt,
    traits,
    longestChain,
    makeSupervisor({ pool, clock, ...options }) {
      const toy = new Toy(tt, { ...options, ...poolOptions(tt, pool) });
      const supervisor = new TaskSupervisor({ ...options, clock, remote: toy.remote });
      toys.set(supervisor, toy);
      return supervisor;
    },
    define: (supervisor, name, module) => toys.get(supervisor)!.define(name, module),
    configure: (supervisor, pool) => toys.get(supervisor)!.configure(pool),
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

export const remoteThreads = remotely('thread', ['copies', 'ends', 'alone'], 30);
export const remoteProcesses = remotely('process', ['copies', 'ends', 'alone', 'processes'], 10);
export const remoteAsync = remotely('async', ['copies', 'shares'], 100);
