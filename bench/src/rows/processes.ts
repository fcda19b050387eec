import { PROCESS_POOLS } from '../contenders/index.ts';
import { RATE, rateAtOnce, WARM_UP_MS } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { showCount, type Count } from './row.ts';
import { atLeast } from './target.ts';

const TASKS: Count = { full: 20_000, quick: 4_000, tiny: 100 };

export const processes = poolRow({
  title: (scale) => `no-op tasks in ${SIZE} processes, ${showCount(TASKS[scale])} at once`,
  metrics: RATE,
  contenders: PROCESS_POOLS,
  base: 'tinypool',
  targets: [atLeast(8, 'rate', { times: ['tinypool', 'workerpool', 'jest-worker'] })],
  needs: { kind: 'process' },
  work: (pool, scale) => rateAtOnce(pool, TASKS[scale], WARM_UP_MS[scale]),
});
