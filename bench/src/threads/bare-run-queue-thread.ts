import { workerData } from 'node:worker_threads';
import { increment, nowUs } from '../jobs.ts';
import { ASLEEP, done, endedAt, HEAD, parked, TAIL, valueAt } from './queue-words.ts';

const LOOK_US = 20;

const { words, me } = workerData as { readonly words: Int32Array; readonly me: number };

for (let count = 0; ; count += 1) {
  const entry = next();
  words[valueAt(entry)] = increment(words[valueAt(entry)]!);
  words[endedAt(me, count)] = entry;
  Atomics.store(words, done(me), (count + 1) | 0);
  if (Atomics.compareExchange(words, ASLEEP, 1, 0) === 1) Atomics.notify(words, ASLEEP);
}

function next(): number {
  for (;;) {
    const entry = look();
    if (entry !== null) return entry;
    Atomics.store(words, parked(me), 1);
    if (Atomics.load(words, HEAD) === Atomics.load(words, TAIL)) Atomics.wait(words, parked(me), 1);
    Atomics.store(words, parked(me), 0);
  }
}

/** Looks for a moment, as a thread does that has just had work. */
function look(): number | null {
  const end = nowUs() + LOOK_US;
  do {
    const entry = Atomics.load(words, HEAD);
    if (entry === Atomics.load(words, TAIL)) continue;
    if (Atomics.compareExchange(words, HEAD, entry, (entry + 1) | 0) === entry) return entry;
  } while (nowUs() < end);
  return null;
}
