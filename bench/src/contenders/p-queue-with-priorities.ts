import PQueue from 'p-queue';
import { later } from '../jobs.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

/** Three priorities in turn, by the argument. */
export const contender: Contender = {
  open({ size }) {
    const queue = new PQueue({ concurrency: size });
    return {
      run: (job, argument) => queue.add(() => later(job, argument), { priority: argument % 3 }),
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => {},
    };
  },
};
