import { fileURLToPath } from 'node:url';
import { FixedClusterPool, FixedThreadPool } from 'poolifier';
import type { Contender } from './contender.ts';

const threadFile = fileURLToPath(new URL('../threads/poolifier-thread.js', import.meta.url));
const processFile = fileURLToPath(new URL('../threads/poolifier-process.cjs', import.meta.url));

/** Its priorities belong to functions, and work only with its task queues, which are off by default. */
export const contender: Contender = {
  open({ kind, size, priorities }) {
    const queue = { enableTasksQueue: true, tasksQueueOptions: { tasksFinishedTimeout: 1 } };
    const options = priorities === 'none' ? {} : queue;
    const pool =
      kind === 'process'
        ? new FixedClusterPool<number, number>(size, processFile, options)
        : new FixedThreadPool<number, number>(size, threadFile, options);
    return {
      run: (job, argument) => pool.execute(argument, job),
      runUrgent: (job, argument) => pool.execute(argument, `${job}Urgent`),
      echo: (value) => pool.execute(value as number, 'echo'),
      close: () => pool.destroy(),
    };
  },
};
