/** A task function that some nodes lack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { backgroundTask } from 'atasker';
import { run, type Done, type Work } from './cluster-tasks.ts';

export const rare = backgroundTask(function rare(work: Work): Promise<Done> {
  return run(work, (signal) => sleep(work.ms, undefined, { signal }));
});
