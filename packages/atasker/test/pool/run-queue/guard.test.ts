import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calls } from './built-in-calls.ts'; // before the library takes its built-ins
import type { TaskFunction } from 'atasker';
import { countResources } from '../../support/count-resources.ts';
import '../../support/leaks.ts';
import { whenAll } from '../../support/when-all.ts';
import { within } from '../../support/within.ts';
import { counted, shareCounts } from './counted.ts';

const TASKS = 10_000;

/**
 * `awaits`: promises of those who call: its own, and what `then` gives or `await` needs.
 * `mostWakeUps`: a thread that has run dry sleeps. How often that happens depends on who else uses the processors: from 64
 * in flight 0.01 to 0.14 for each task were seen. A wake-up for each task, or for every second one, is a fault.
 */
const WAYS = [
  { how: 'at once', callAll: allAtOnce, awaits: 2 * TASKS, mostWakeUps: TASKS / 10 },
  { how: '64 in flight', callAll: inFlight, awaits: 2 * TASKS, mostWakeUps: TASKS / 4 },
];

const POOLS = {
  'in a pool that may grow': { poolSize: 2 },
  'in a pool of fixed size': { poolSize: 2, reserveNormal: 0, reserveHigh: 0, minSize: 'max', maxSize: 2 },
} as const;

/** What a task costs, in counts, which noise of the machine changes little: the rate follows from them. */
for (const [where, threadPool] of Object.entries(POOLS)) {
  for (const { how, callAll, awaits, mostWakeUps } of WAYS) {
    test(`10,000 tasks, ${how}, ${where}, need almost no messages, few wake-ups and few atomic operations`, async () => {
      shareCounts(TASKS);
      await within({ threadPool }, async (supervisor) => {
        const run = counted.with({ supervisor });
        await Promise.all([run(0), run(1), run(2), run(3)]); // the threads are there
        const { messages, wakeUps, atomics, promises } = await costsOf(() => callAll(run));
        assert.ok(messages < 10, `${messages} messages`);
        assert.ok(wakeUps < mostWakeUps, `${wakeUps} wake-ups`);
        assert.ok(atomics > TASKS && atomics < 20 * TASKS, `${atomics} atomic operations`);
        assert.ok(promises < awaits + 0.1 * TASKS, `${promises} promises`);
      });
    });
  }
}

/** How many of each for all of the tasks, in the thread that calls them. */
interface Costs {
  readonly messages: number;
  readonly wakeUps: number;
  readonly atomics: number;
  readonly promises: number;
}

type Run = TaskFunction<(id: number) => number>;

async function allAtOnce(run: Run): Promise<void> {
  await whenAll(Array.from({ length: TASKS }, (_, id) => run(id)));
}

/** The next one is called when one has ended. */
async function inFlight(run: Run): Promise<void> {
  let called = 0;
  const oneByOne = async (): Promise<void> => {
    while (called < TASKS) await run(called++);
  };
  await Promise.all(Array.from({ length: 64 }, oneByOne));
}

async function costsOf(work: () => Promise<void>): Promise<Costs> {
  const before = { ...calls };
  const promises = (await countResources(work)).get('PROMISE') ?? 0;
  const { atomics, wakeUps, messages } = calls;
  return {
    messages: messages - before.messages,
    wakeUps: wakeUps - before.wakeUps,
    atomics: atomics - before.atomics,
    promises,
  };
}
