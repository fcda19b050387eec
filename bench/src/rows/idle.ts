import { setTimeout as sleep } from 'node:timers/promises';
import { THREAD_POOLS } from '../contenders/index.ts';
import { nowUs } from '../jobs.ts';
import { keepBusy, WARM_UP_MS } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import type { Count } from './row.ts';
import { atMost } from './target.ts';

const SETTLE_MS: Count = { full: 1_000, quick: 200, tiny: 10 };
const MEASURED_MS: Count = { full: 5_000, quick: 500, tiny: 50 };

/** The processor time of the whole program, threads and all. */
export const idle = poolRow({
  title: () => `idle pool of ${SIZE} threads that has worked: share of a core`,
  metrics: [{ name: 'share', unit: '%' }],
  contenders: THREAD_POOLS,
  base: 'piscina',
  targets: [atMost(0.1, 'share')],
  async work(pool, scale) {
    await keepBusy(pool, WARM_UP_MS[scale]);
    await sleep(SETTLE_MS[scale]);
    const before = process.cpuUsage();
    const start = nowUs();
    await sleep(MEASURED_MS[scale]);
    const { user, system } = process.cpuUsage(before);
    return [(100 * (user + system)) / (nowUs() - start)];
  },
});
