import { ThreadWorker } from 'poolifier';
import * as functions from './functions.ts';

export default new ThreadWorker({ ...functions });
