import { RATE, rateAtOnce, WARM_UP_MS } from './no-ops.ts';
import { poolRow } from './pool-row.ts';
import { showCount, type Count } from './row.ts';
import { atLeast } from './target.ts';

const CONCURRENCY = 10;

const TASKS: Count = { full: 100_000, quick: 20_000, tiny: 200 };

const bare = { of: 'atasker without context' } as const;

/** All at once, of three priorities where there are any. */
export const asyncTasks = poolRow({
  title: (scale) => `async tasks with priorities, concurrency ${CONCURRENCY}, ${showCount(TASKS[scale])} at once`,
  metrics: RATE,
  contenders: [
    'atasker',
    'atasker without context',
    'fastq',
    'p-queue',
    'p-queue with priorities',
    'p-limit',
    'promise per task',
  ],
  base: 'fastq',
  targets: [
    atLeast(0.7, 'rate', { times: 'fastq' }),
    atLeast(5, 'rate', { times: 'p-queue with priorities' }),
    atLeast(1.3, 'rate', { ...bare, times: 'fastq' }),
    atLeast(10, 'rate', { ...bare, times: 'p-queue with priorities' }),
  ],
  needs: { kind: 'async', size: CONCURRENCY, priorities: 'mixed' },
  work: (pool, scale) => rateAtOnce(pool, TASKS[scale], WARM_UP_MS[scale]),
});
