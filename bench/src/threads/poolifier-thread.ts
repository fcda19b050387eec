import { ThreadWorker } from 'poolifier';
import type { Input } from '../jobs.ts';
import { taskFunctions } from './poolifier-functions.ts';

export default new ThreadWorker<Input, number>(taskFunctions);
