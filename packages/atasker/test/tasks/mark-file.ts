import { appendFileSync } from 'node:fs';
import { backgroundTask } from 'atasker';

/** Leaves a mark in a file. */
export const markFile = backgroundTask(function markFile(id: number, file: string): number {
  appendFileSync(file, `${id}\n`);
  return id;
});
