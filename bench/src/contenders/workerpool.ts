import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import type { Contender } from './contender.ts';
import { UrgentFirst } from './urgent-first.ts';

type PoolOptions = NonNullable<Parameters<typeof workerpool.pool>[1]>;
type TaskQueue = Exclude<NonNullable<PoolOptions['queueStrategy']>, string>;
type Task = Parameters<TaskQueue['push']>[0];

const script = fileURLToPath(new URL('../threads/workerpool-thread.js', import.meta.url));

function urgentFirst(): TaskQueue {
  const queue = new UrgentFirst<Task>((task) => task.options?.metadata?.urgent === true);
  return {
    push: (task) => queue.push(task),
    pop: () => queue.shift() ?? undefined,
    size: () => queue.size,
    contains: (task) => queue.has(task),
    clear: () => queue.clear(),
  };
}

export const contender: Contender = {
  open({ kind, size, priorities, isCold }) {
    const pool = workerpool.pool(script, {
      minWorkers: isCold ? 1 : size,
      maxWorkers: size,
      workerType: kind === 'process' ? 'process' : 'thread',
      queueStrategy: priorities === 'none' ? 'fifo' : urgentFirst(),
    });
    return {
      run: (job, argument) => pool.exec(job, [argument]),
      runUrgent: (job, argument) => pool.exec(job, [argument], { metadata: { urgent: true } }),
      echo: (value) => pool.exec('echo', [value]),
      async close() {
        await pool.terminate(true);
      },
    };
  },
};
