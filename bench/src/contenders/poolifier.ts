import { fileURLToPath } from 'node:url';
import { FixedThreadPool } from 'poolifier';
import type { Contender } from './contender.ts';

const file = fileURLToPath(new URL('../threads/poolifier-thread.js', import.meta.url));

/** Its priorities belong to functions, and work only with its task queues, which are off by default. */
export const contender: Contender = {
  open({ threads, priorities }) {
    const queue = { enableTasksQueue: true, tasksQueueOptions: { tasksFinishedTimeout: 1 } };
    const pool = new FixedThreadPool<number, number>(threads, file, priorities ? queue : {});
    return {
      run: (job, argument) => pool.execute(argument, job),
      runUrgent: (job, argument) => pool.execute(argument, `${job}Urgent`),
      close: () => pool.destroy(),
    };
  },
};
