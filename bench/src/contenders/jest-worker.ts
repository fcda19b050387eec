import { fileURLToPath } from 'node:url';
import { PriorityQueue, Worker } from 'jest-worker';
import { jobs } from '../jobs.ts';
import type { Contender } from './contender.ts';

const file = fileURLToPath(new URL('../jobs.js', import.meta.url));

/** A method with the urgency as one more argument, which only the queue looks at. */
type Method = (argument: number, isUrgent?: boolean) => number;

interface Echo {
  echo(value: unknown): Promise<unknown>;
}

export const contender: Contender = {
  open({ kind, size, priorities }) {
    const worker = new Worker(file, {
      numWorkers: size,
      enableWorkerThreads: kind === 'thread',
      exposedMethods: [...Object.keys(jobs), 'echo'],
      workerGracefulExitTimeout: 1,
      ...(priorities !== 'none' && {
        taskQueue: new PriorityQueue((_method, _argument, isUrgent) => (isUrgent === true ? 0 : 1)),
      }),
    }) as Worker & Record<keyof typeof jobs, (...args: Parameters<Method>) => Promise<number>> & Echo;
    return {
      run: (job, argument) => worker[job](argument),
      runUrgent: (job, argument) => worker[job](argument, true),
      echo: (value) => worker.echo(value),
      close: async () => void (await worker.end()),
    };
  },
};
