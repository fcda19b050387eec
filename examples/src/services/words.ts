/** What the services in this folder do: each ends in order when it gets SIGTERM. */
import { backgroundTask } from 'atasker';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = process.env['FOLDER'] ?? '.';

export const countWords = backgroundTask(function countWords(name: string) {
  return readFileSync(join(folder, basename(name)), 'utf8')
    .split(/\s+/)
    .filter(Boolean).length;
});
