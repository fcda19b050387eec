import { jobs } from '../jobs.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

/** The cost of a promise that is awaited and settled in a later turn of the event loop, and of nothing else. */
export const contender: Contender = {
  open() {
    let waiting: (() => void)[] = [];
    const settle = (): void => {
      const all = waiting;
      waiting = [];
      for (const one of all) one();
    };
    return {
      run: (job, argument) =>
        new Promise((resolve) => {
          if (waiting.push(() => resolve(jobs[job](argument))) === 1) setImmediate(settle);
        }),
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => {},
    };
  },
};
