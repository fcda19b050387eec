import { appendFileSync } from 'node:fs';
import { backgroundTask, g, threadLocal } from 'atasker';
import { turn } from '../support/events.ts';

let made = 0;

/** A line for each that is disposed of. */
const journal = threadLocal(
  (): { file: string; number: number } => ({ file: '', number: ++made }),
  ({ file, number }) => {
    if (file !== '') appendFileSync(file, `journal ${number}\n`);
    if (file.endsWith('bad')) throw new Error('cannot be closed');
  },
);

/** Made and disposed of asynchronously. */
const connection = threadLocal(
  async () => {
    await turn();
    return journal();
  },
  async ({ file }) => {
    await turn();
    if (file !== '') appendFileSync(file, 'connection\n');
  },
);

export const writeJournal = backgroundTask(async function writeJournal(file: string) {
  const own = journal();
  own.file = file;
  return own.number + (await connection()).number;
});

export const writeAndExit = backgroundTask(async function writeAndExit(file: string) {
  journal().file = file;
  await connection();
  process.exit(5);
});

export const countVisits = backgroundTask(function countVisits() {
  g.set('visits', g.get('visits', 0) + 1);
  return g.get('visits', 0);
});
