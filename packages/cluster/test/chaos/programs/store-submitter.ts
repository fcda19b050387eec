/** A program that only has a store, and adds tasks until all have ended: `node store-submitter.js SETTINGS`. */
import { SqliteStore, type StoredTask, type StoreNews } from '@atasker/cluster';
import { randomPriority, TYPES } from '../draws.ts';
import { LoggedStore } from '../logged-store.ts';
import { Random } from '../random.ts';
import { ProgramLog } from './program-log.ts';
import { KEEP_MS } from './sqlite-history.ts';
import { settings } from './settings.ts';

const MOST_OPEN = 150;
const STEP_MS = 10;
const LONGEST_DELAY_MS = 1_500;
const LARGE_CHARS = 200_000;

const { name, path, log: logPath, seed, leaseMs, maxLost, tasks } = settings();
const log = new ProgramLog(logPath);
const random = new Random(seed);
const open = new Set<string>();
const news: StoreNews = {
  work() {},
  ended: ({ id }) => void open.delete(id),
  told() {},
  cancel() {},
  lost() {},
  away() {},
  back() {},
};
const store = new LoggedStore(new SqliteStore(path), (event) => log.note(event));

function newTask(n: number): StoredTask {
  const definition = random.happens(0.002)
    ? 'deadly'
    : random.happens(0.05)
      ? 'rare'
      : random.of(['resize', 'index', 'send']);
  const delayMs = random.happens(0.15) ? random.below(LONGEST_DELAY_MS) : 0;
  const payload = 'x'.repeat(random.happens(0.01) ? LARGE_CHARS : random.below(100));
  const how = { definition, name: definition, tt: random.of(TYPES), priority: randomPriority(random) };
  return { id: `${name}-${n}`, ...how, delayMs, payload, origin: name };
}

process.on('disconnect', () => process.exit(1)); // the run is over
process.channel?.unref();
await store.open({ me: name, news, leaseMs, maxLost, keepResultsMs: KEEP_MS });
const toAdd = Array.from({ length: tasks }, (_, n) => newTask(n));
while (toAdd.length > 0 || open.size > 0) {
  const batch = open.size < MOST_OPEN ? toAdd.splice(0, 1 + random.below(12)) : [];
  for (const { id } of batch) open.add(id);
  if (batch.length > 0) await store.add(batch);
  if (open.size > 0 && random.happens(0.3)) {
    const id = random.of([...open]);
    if (random.happens(0.2)) await store.cancel(id, `cancel of ${id}`);
    else await store.setPriority(id, randomPriority(random));
  }
  await new Promise((resolve) => setTimeout(resolve, STEP_MS));
}
await store.close();
