import { appendFileSync } from 'node:fs';
import { backgroundTask } from 'atasker';

const die = (): void => void process.kill(process.pid, 'SIGKILL');

/** Its process is killed before it ends. */
export const killBefore = backgroundTask(function killBefore() {
  die();
  for (;;);
});

/** Leaves a mark in a file. If it is to be killed, its process is as soon as its event loop turns. */
export const killAfter = backgroundTask(function killAfter(id: number, file: string, isKilled: boolean) {
  appendFileSync(file, `${id}\n`);
  if (isKilled) setImmediate(die);
  return id;
});
