import fastq from 'fastq';
import { later, type Job } from '../jobs.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

interface Call {
  readonly job: Job;
  readonly argument: number;
}

/** It has no priorities. */
export const contender: Contender = {
  open({ size }) {
    const queue = fastq.promise<unknown, Call, number>(({ job, argument }) => later(job, argument), size);
    return {
      run: (job, argument) => queue.push({ job, argument }),
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => {},
    };
  },
};
