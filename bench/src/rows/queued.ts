/** Every thread is taken, and more and more tasks wait: what does one of them cost, and how soon is the pool closed? */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pool } from '../contenders/contender.ts';
import { THREAD_POOLS } from '../contenders/index.ts';
import { nowUs } from '../jobs.ts';
import { submitAll } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { showCount, WrongResult, type Count, type Metric, type Scale } from './row.ts';
import { atMost } from './target.ts';

const STEPS = ['few', 'many', 'most'] as const;

const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  full: [1_000, 100_000, 1_000_000],
  quick: [1_000, 10_000, 30_000],
  tiny: [10, 100, 1_000],
};

/** Before anything is measured: compiled code is not a cost of a task. */
const WARM_UP: Count = { full: 20_000, quick: 5_000, tiny: 20 };

/** Longer than the row takes. */
const BLOCK_MS = 120_000;

/** Enough for a task that does not wait to be seen. */
const SETTLE_MS = 20;

export const queued = poolRow({
  title: (scale) => `queued task, until ${SIZES[scale].map(showCount).join(', ')} wait (few, many, most)`,
  metrics: [
    ...STEPS.map((step): Metric => ({ name: `heap, ${step}`, unit: 'bytes' })),
    ...STEPS.map((step): Metric => ({ name: `time, ${step}`, unit: 'µs' })),
    { name: 'growth', unit: 'times' },
    { name: 'stop', unit: 'ms' },
  ],
  contenders: THREAD_POOLS,
  base: 'piscina',
  targets: [
    ...STEPS.map((step) => atMost(400, `heap, ${step}`)),
    ...STEPS.map((step) => atMost(1.5, `time, ${step}`)),
    atMost(1.5, 'growth'),
    atMost(2_000, 'stop'),
  ],
  async work(pool, scale) {
    await submitAll(pool, WARM_UP[scale]);
    const tasks: PromiseLike<number>[] = [];
    /** Nobody waits for the tasks that a closed pool gives up. */
    process.on('unhandledRejection', () => {});
    for (let taken = 0; taken < SIZE; taken += 1) void pool.run('block', BLOCK_MS);
    const costs = SIZES[scale].map((size) => fillUp(pool, tasks, size));
    let ended = 0;
    for (const task of [tasks[0]!, tasks.at(-1)!])
      task.then(
        () => (ended += 1),
        () => {},
      );
    await sleep(SETTLE_MS);
    if (ended > 0) throw new WrongResult('a task has ended that had to wait');
    const times = costs.map(({ us }) => us);
    const start = nowUs();
    await pool.close();
    const stopMs = (nowUs() - start) / 1e3;
    return [...costs.map(({ bytes }) => bytes), ...times, times.at(-1)! / times[0]!, stopMs];
  },
});

interface Cost {
  readonly bytes: number;
  readonly us: number;
}

/** What one of the tasks costs that come in addition: on the heap of this thread, and time to submit. */
function fillUp(pool: Pool, tasks: PromiseLike<number>[], size: number): Cost {
  const count = size - tasks.length;
  const before = heapBytes();
  const start = nowUs();
  while (tasks.length < size) tasks.push(pool.run('increment', tasks.length));
  const us = (nowUs() - start) / count;
  return { bytes: (heapBytes() - before) / count, us };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}
