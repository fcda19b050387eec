/**
 * A whole program in one file: a task, and top-level await. A thread evaluates this file only down to
 * the last task, so the code below it runs once.
 */
import { backgroundTask } from 'atasker';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const sha256 = backgroundTask(function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
});

const paths = process.argv.slice(2);
if (paths.length === 0) paths.push(process.argv[1]!);
const hashes = await sha256.map(paths);
for (const [index, path] of paths.entries()) console.log(`${hashes[index]}  ${path}`);
