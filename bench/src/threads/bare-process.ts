import { jobs, type Job } from '../jobs.ts';

process.on('message', ([job, argument]: [Job, number]) => process.send!(jobs[job](argument)));
