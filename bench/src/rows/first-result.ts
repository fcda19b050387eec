import { THREAD_POOLS } from '../contenders/index.ts';
import { nowUs } from '../jobs.ts';
import { poolRow } from './pool-row.ts';
import { checkIncrements } from './row.ts';
import { atMost } from './target.ts';

/** The library is loaded; nothing else has been done. */
export const firstResult = poolRow({
  title: () => 'first result on a cold pool',
  metrics: [{ name: 'time', unit: 'ms' }],
  contenders: THREAD_POOLS,
  base: 'piscina',
  targets: [atMost(1.3, 'time', { times: 'piscina' })],
  needs: { isCold: true },
  async work(pool, _scale, openedUs) {
    checkIncrements([await pool.run('increment', 0)], 1);
    return [(nowUs() - openedUs) / 1e3];
  },
});
