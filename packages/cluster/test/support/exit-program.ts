/**
 * A program that exits with code 3 while its store is opened, or is at work:
 *   node exit-program.js FILE MS
 * so many milliseconds after it has begun to open the store.
 */
import { SqliteStore } from '@atasker/cluster';
import { LIMITS, plainTask, SILENT } from './stores.ts';

const [path, ms] = process.argv.slice(2) as [string, string];
const store = new SqliteStore(path);

async function work(): Promise<void> {
  await store.open({ me: 'a', news: SILENT, ...LIMITS });
  for (let n = 0; ; n += 1) await store.add([plainTask(`${n}`)]);
}

const end = performance.now() + Number(ms);
const wait = (): void => void (performance.now() < end ? setImmediate(wait) : process.exit(3));
wait();
await work();
