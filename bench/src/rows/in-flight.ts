import { THREAD_POOLS } from '../contenders/index.ts';
import { IN_FLIGHT, keepBusy, RATE, WARM_UP_MS } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import type { Count } from './row.ts';
import { atLeast } from './target.ts';

const MEASURED_MS: Count = { full: 2_000, quick: 400, tiny: 20 };

export const inFlight = poolRow({
  title: () => `no-op tasks in ${SIZE} threads, ${IN_FLIGHT} in flight`,
  metrics: RATE,
  contenders: [...THREAD_POOLS, 'bare messages', 'promise per task'],
  base: 'piscina',
  targets: [atLeast(20, 'rate', { times: 'piscina' })],
  async work(pool, scale) {
    await keepBusy(pool, WARM_UP_MS[scale]);
    return [await keepBusy(pool, MEASURED_MS[scale])];
  },
});
