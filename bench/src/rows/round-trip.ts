import { THREAD_POOLS } from '../contenders/index.ts';
import type { Pool } from '../contenders/contender.ts';
import { nowUs } from '../jobs.ts';
import { quantile } from '../statistics.ts';
import { WARM_UP_MS } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { checkIncrements, showCount, type Count } from './row.ts';
import { atMost } from './target.ts';

const TASKS: Count = { full: 5_000, quick: 1_000, tiny: 20 };

export const roundTrip = poolRow({
  title: (scale) => `no-op tasks in ${SIZE} threads, ${showCount(TASKS[scale])}, one at a time`,
  metrics: [
    { name: 'p50', unit: 'µs' },
    { name: 'p99', unit: 'µs' },
  ],
  contenders: [...THREAD_POOLS, 'bare messages', 'bare shared memory'],
  base: 'piscina',
  targets: [atMost(5, 'p50'), atMost(0.06, 'p50', { times: 'piscina' }), atMost(60, 'p99')],
  async work(pool, scale) {
    const endUs = nowUs() + WARM_UP_MS[scale] * 1e3;
    while (nowUs() < endUs) await oneByOne(pool, 10);
    const times = await oneByOne(pool, TASKS[scale]);
    return [quantile(times, 0.5), quantile(times, 0.99)];
  },
});

/** Gives the time of each round trip. */
async function oneByOne(pool: Pool, count: number): Promise<number[]> {
  const results: number[] = [];
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = nowUs();
    results.push(await pool.run('increment', index));
    times.push(nowUs() - start);
  }
  checkIncrements(results, count);
  return times;
}
