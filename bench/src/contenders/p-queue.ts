import PQueue from 'p-queue';
import { later } from '../jobs.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

/** All tasks of one priority. */
export const contender: Contender = {
  open({ size }) {
    const queue = new PQueue({ concurrency: size });
    return {
      run: (job, argument) => queue.add(() => later(job, argument)),
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => {},
    };
  },
};
