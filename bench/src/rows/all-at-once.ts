import { THREAD_POOLS } from '../contenders/index.ts';
import { RATE, rate, submitAll, WARM_UP } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { showCount, type Count } from './row.ts';
import { atLeast } from './target.ts';

const TASKS: Count = { full: 100_000, quick: 5_000, tiny: 200 };

export const allAtOnce = poolRow({
  title: (scale) => `no-op tasks in ${SIZE} threads, ${showCount(TASKS[scale])} at once`,
  metrics: RATE,
  contenders: [...THREAD_POOLS, 'bare messages', 'promise per task'],
  base: 'piscina',
  targets: [atLeast(12, 'rate', { times: 'piscina' })],
  work: (pool, scale) => rate(pool, TASKS[scale], WARM_UP[scale], submitAll),
});
