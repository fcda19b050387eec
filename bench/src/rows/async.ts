import { RATE, rateAtOnce, WARM_UP_MS } from './no-ops.ts';
import { poolRow } from './pool-row.ts';
import { showCount, type Count } from './row.ts';
import { atLeast } from './target.ts';

const CONCURRENCY = 10;

const TASKS: Count = { full: 100_000, quick: 20_000, tiny: 200 };

const isOld = Number(process.versions.node.split('.', 1)[0]) < 22;
/** Multiples of the rates of fastq, and of p-queue with priorities. */
const WITH_CONTEXT = isOld ? { fastq: 0.6, priorities: 4 } : { fastq: 0.5, priorities: 2.5 };
const WITHOUT_CONTEXT = isOld ? { fastq: 1, priorities: 7 } : { fastq: 0.7, priorities: 3.5 };

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
    atLeast(WITH_CONTEXT.fastq, 'rate', { times: 'fastq' }),
    atLeast(WITH_CONTEXT.priorities, 'rate', { times: 'p-queue with priorities' }),
    atLeast(WITHOUT_CONTEXT.fastq, 'rate', { ...bare, times: 'fastq' }),
    atLeast(WITHOUT_CONTEXT.priorities, 'rate', { ...bare, times: 'p-queue with priorities' }),
  ],
  needs: { kind: 'async', size: CONCURRENCY, priorities: 'mixed' },
  work: (pool, scale) => rateAtOnce(pool, TASKS[scale], WARM_UP_MS[scale]),
});
