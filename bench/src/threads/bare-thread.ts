import { parentPort } from 'node:worker_threads';
import { jobs, type Job } from '../jobs.ts';

const port = parentPort!;

port.on('message', ([job, argument]: [Job, number]) => port.postMessage(jobs[job](argument)));
