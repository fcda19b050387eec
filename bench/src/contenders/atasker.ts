import { TaskSupervisor } from 'atasker';
import type { Contender } from './contender.ts';
import { tasks } from './atasker-tasks.ts';

/** As many threads as the others; with priorities its reserves beside them. */
export const contender: Contender = {
  open({ threads, priorities }) {
    const reserve = priorities ? 1 : 0;
    const maxSize = threads + 2 * reserve;
    const supervisor = new TaskSupervisor({
      threadPool: { poolSize: threads, reserveNormal: reserve, reserveHigh: reserve, minSize: 'max', maxSize },
      cancelGrace: 1,
    });
    supervisor.start();
    const plain = tasks({ supervisor, priority: priorities ? 'low' : 'normal' });
    const urgent = tasks({ supervisor, priority: 'high' });
    return {
      run: (job, argument) => plain[job](argument),
      runUrgent: (job, argument) => urgent[job](argument),
      close: async () => void (await supervisor.stop({ cancelTasks: true })),
    };
  },
};
