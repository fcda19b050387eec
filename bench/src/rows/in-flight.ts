import { THREAD_POOLS } from '../contenders/index.ts';
import { IN_FLIGHT, RATE, rate, submitSome, WARM_UP } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { showCount, type Count } from './row.ts';
import { atLeast } from './target.ts';

const TASKS: Count = { full: 20_000, quick: 3_000, tiny: 200 };

export const inFlight = poolRow({
  title: (scale) => `no-op tasks in ${SIZE} threads, ${showCount(TASKS[scale])}, ${IN_FLIGHT} in flight`,
  metrics: RATE,
  contenders: [...THREAD_POOLS, 'bare messages', 'promise per task'],
  base: 'piscina',
  targets: [atLeast(20, 'rate', { times: 'piscina' }), atLeast(0.6, 'rate', { times: 'promise per task' })],
  work: (pool, scale) => rate(pool, TASKS[scale], WARM_UP[scale], submitSome),
});
