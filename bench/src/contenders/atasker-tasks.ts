import { backgroundTask, type TaskFunction } from 'atasker';
import { block, echo, increment, later, spin, startTime, type Job } from '../jobs.ts';

const incrementTask = backgroundTask(increment);
const blockTask = backgroundTask(block);
const spinTask = backgroundTask(spin);
const startTimeTask = backgroundTask(startTime);

export const laterTask = backgroundTask(later);

export const echoTask = backgroundTask(echo);

type JobTask = typeof incrementTask;

/** The jobs as background tasks, with options. */
export function tasks(options: Parameters<JobTask['with']>[0]): Record<Job, TaskFunction<typeof increment>> {
  return {
    increment: incrementTask.with(options),
    block: blockTask.with(options),
    spin: spinTask.with(options),
    startTime: startTimeTask.with(options),
  };
}
