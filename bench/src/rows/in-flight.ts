import { THREAD_POOLS } from '../contenders/index.ts';
import { IN_FLIGHT, RATE, rateInFlight } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { atLeast } from './target.ts';

export const inFlight = poolRow({
  title: () => `no-op tasks in ${SIZE} threads, ${IN_FLIGHT} in flight`,
  metrics: RATE,
  contenders: [...THREAD_POOLS, 'bare messages', 'bare run queue', 'promise per task'],
  base: 'piscina',
  targets: [atLeast(20, 'rate', { times: 'piscina' }), atLeast(0.3, 'rate', { times: 'bare run queue' })],
  work: rateInFlight,
});
