import { Tinypool, type Task } from 'tinypool';
import type { Contender } from './contender.ts';
import { UrgentFirst } from './urgent-first.ts';

const filename = new URL('../jobs.js', import.meta.url).href;
const options: symbol = Tinypool.queueOptionsSymbol;

class TaskQueue extends UrgentFirst<Task> {
  constructor() {
    super((task) => (task as unknown as Record<symbol, { urgent: boolean }>)[options]!.urgent);
  }

  cancel(): void {
    for (let task = this.shift(); task !== null; task = this.shift()) task.cancel();
  }
}

export const contender: Contender = {
  open({ kind, size, priorities, isCold }) {
    const runtime = kind === 'process' ? 'child_process' : 'worker_threads';
    const sizes = { filename, runtime, minThreads: isCold ? 1 : size, maxThreads: size } as const;
    const pool = new Tinypool(priorities === 'none' ? sizes : { ...sizes, taskQueue: new TaskQueue() });
    /** Tinypool looks for the options on every task that is queued: with priorities all are objects. */
    const run = (name: string, value: number, urgent: boolean): Promise<number> =>
      pool.run({ value, [options]: { urgent } }, { name }) as Promise<number>;
    return {
      run: (name, argument) =>
        priorities === 'none' ? (pool.run(argument, { name }) as Promise<number>) : run(name, argument, false),
      runUrgent: (name, argument) => run(name, argument, true),
      echo: (value) => pool.run(value, { name: 'echo' }),
      close: () => pool.destroy(),
    };
  },
};
