import { setTimeout } from 'node:timers/promises';
import { backgroundTask, currentTask } from 'atasker';

/** What a run of `resize` tells. */
export interface Resized {
  readonly image: number;
  readonly pid: number;
  readonly attempt: number;
}

export const resize = backgroundTask(async function resize(image: number): Promise<Resized> {
  const { attempt, progress } = currentTask();
  progress(process.pid);
  await setTimeout(30);
  return { image, pid: process.pid, attempt };
});
