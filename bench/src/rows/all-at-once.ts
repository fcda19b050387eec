import { THREAD_POOLS } from '../contenders/index.ts';
import { RATE, rateAtOnce, WARM_UP_MS } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { showCount, type Count } from './row.ts';
import { atLeast } from './target.ts';

const TASKS: Count = { full: 100_000, quick: 10_000, tiny: 200 };

const CONTENDERS = [...THREAD_POOLS, 'bare messages', 'bare run queue', 'promise per task'] as const;

export const allAtOnce = poolRow({
  title: (scale) => `no-op tasks in ${SIZE} threads, ${showCount(TASKS[scale])} at once`,
  metrics: RATE,
  contenders: CONTENDERS,
  quick: CONTENDERS,
  base: 'piscina',
  targets: [atLeast(12, 'rate', { times: 'piscina' })],
  work: (pool, scale) => rateAtOnce(pool, TASKS[scale], WARM_UP_MS[scale]),
});
