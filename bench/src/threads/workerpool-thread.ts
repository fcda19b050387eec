import workerpool from 'workerpool';
import { echo, jobs } from '../jobs.ts';

workerpool.worker({ ...jobs, echo });
