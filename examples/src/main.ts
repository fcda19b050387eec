/**
 * `npm start -- FOLDER`: SHA-256, gzip size, bytes, lines and words of every file below a folder, in tasks of
 * low priority that keep all threads busy, while an urgent task every 100 ms shows how long such a one waits.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Probes } from './job/probes.ts';
import { startProgress, type Progress } from './job/progress.ts';
import { report } from './job/report.ts';
import { Tally } from './job/tally.ts';
import { now, probe, timedFacts, type TimedInput } from './job/timed-tasks.ts';
import { countFiles, filesBelow } from './job/walk.ts';

/** Files that are out at a time: enough that a task waits whenever a thread becomes free. */
const CONCURRENCY = 64;

const folder = chooseFolder(process.argv[2]);
await probe(now()); // the first thread has started: from here on it is waiting that is measured
const startedAt = now();
const tally = new Tally();
const progress = startProgress();
const probes = new Probes(tally.high);
void countFiles(folder).then((total) => progress.setTotal(total));
await mapFiles(folder, tally, progress);
await probes.stop();
progress.stop();
console.log(report(tally, folder, (now() - startedAt) / 1000));

/** npm runs this program in examples/, and says in INIT_CWD where it was called. */
function chooseFolder(asked: string | undefined): string {
  const nodeModules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
  const path = asked === undefined ? nodeModules : resolve(process.env['INIT_CWD'] ?? '.', asked);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  console.error(`${path} is not a folder; npm start -- FOLDER`);
  process.exit(2);
}

async function mapFiles(from: string, into: Tally, shown: Progress): Promise<void> {
  const inputs = stamped(filesBelow(from, (path, error) => into.fail(path, error)));
  for await (const end of timedFacts.map(inputs, { concurrency: CONCURRENCY, ordered: false }).settled()) {
    if ('error' in end) into.fail(end.input.path, end.error);
    else into.add(end.input.path, end.result);
    shown.advance();
  }
}

/** An input is taken when its task is submitted, so this is the time of the submit. */
async function* stamped(paths: AsyncIterable<string>): AsyncGenerator<TimedInput> {
  for await (const path of paths) yield { path, submittedAt: now() };
}
