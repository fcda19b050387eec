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
  open({ threads, priorities }) {
    const size = { filename, minThreads: threads, maxThreads: threads };
    const pool = new Tinypool(priorities ? { ...size, taskQueue: new TaskQueue() } : size);
    /** Tinypool looks for the options on every task that is queued: with priorities all are objects. */
    const run = (name: string, value: number, urgent: boolean): Promise<number> =>
      pool.run({ value, [options]: { urgent } }, { name }) as Promise<number>;
    return {
      run: (name, argument) =>
        priorities ? run(name, argument, false) : (pool.run(argument, { name }) as Promise<number>),
      runUrgent: (name, argument) => run(name, argument, true),
      close: () => pool.destroy(),
    };
  },
};
