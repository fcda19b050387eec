/** One thread is always busy with a task of 20 ms: does an ordinary one wait for it? */
import { THREAD_POOLS } from '../contenders/index.ts';
import type { Pool } from '../contenders/contender.ts';
import { nowUs } from '../jobs.ts';
import { quantile } from '../statistics.ts';
import { IN_FLIGHT, keepBusy, WARM_UP_MS } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { WrongResult, type Count } from './row.ts';
import { atMost } from './target.ts';

const LONG_MS = 20;

const MEASURED_MS: Count = { full: 2_000, quick: 300, tiny: 60 };

export const besideLong = poolRow({
  title: () => `no-op tasks in ${SIZE} threads, ${IN_FLIGHT} in flight, beside one of ${LONG_MS} ms: result after`,
  metrics: [
    { name: 'p50', unit: 'ms' },
    { name: 'p99', unit: 'ms' },
  ],
  contenders: THREAD_POOLS,
  base: 'piscina',
  targets: [atMost(0.5, 'p99', { times: 'piscina' })],
  async work(pool, scale) {
    await keepBusy(pool, WARM_UP_MS[scale]);
    const end = nowUs() + MEASURED_MS[scale] * 1e3;
    const shorts = Array.from({ length: IN_FLIGHT }, () => shortTasks(pool, end));
    const [, ...times] = await Promise.all([longTasks(pool, end), ...shorts]);
    const all = times.flat();
    return [quantile(all, 0.5), quantile(all, 0.99)];
  },
});

async function longTasks(pool: Pool, endUs: number): Promise<number[]> {
  while (nowUs() < endUs) {
    const result = await pool.run('spin', LONG_MS);
    if (result !== LONG_MS) throw new WrongResult(`spin(${LONG_MS}) gave ${result}`);
  }
  return [];
}

/** Gives how long each took, in ms. */
async function shortTasks(pool: Pool, endUs: number): Promise<number[]> {
  const times: number[] = [];
  for (let start = nowUs(); start < endUs; start = nowUs()) {
    const result = await pool.run('increment', times.length);
    if (result !== times.length + 1) throw new WrongResult(`increment(${times.length}) gave ${result}`);
    times.push((nowUs() - start) / 1e3);
  }
  return times;
}
