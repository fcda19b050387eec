import pLimit from 'p-limit';
import { later } from '../jobs.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

/** It has no priorities. */
export const contender: Contender = {
  open({ size }) {
    const limit = pLimit(size);
    return {
      run: (job, argument) => limit(later, job, argument),
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => {},
    };
  },
};
