import { PROCESS_POOLS } from '../contenders/index.ts';
import { IN_FLIGHT, RATE, rateAtOnce, rateInFlight, WARM_UP_MS } from './no-ops.ts';
import { poolRow, SIZE } from './pool-row.ts';
import { showCount, type Count } from './row.ts';
import { atLeast } from './target.ts';

const TASKS: Count = { full: 20_000, quick: 4_000, tiny: 100 };

const PEERS = ['tinypool', 'workerpool', 'jest-worker'] as const;

export const processes = poolRow({
  title: (scale) => `no-op tasks in ${SIZE} processes, ${showCount(TASKS[scale])} at once`,
  metrics: RATE,
  contenders: [...PROCESS_POOLS, 'bare messages'],
  base: 'tinypool',
  targets: [atLeast(8, 'rate', { times: PEERS }), atLeast(1, 'rate', { times: 'bare messages' })],
  needs: { kind: 'process' },
  work: (pool, scale) => rateAtOnce(pool, TASKS[scale], WARM_UP_MS[scale]),
});

export const processesInFlight = poolRow({
  title: () => `no-op tasks in ${SIZE} processes, ${IN_FLIGHT} in flight`,
  metrics: RATE,
  contenders: [...PROCESS_POOLS, 'bare messages'],
  base: 'tinypool',
  targets: [atLeast(6, 'rate', { times: PEERS }), atLeast(1, 'rate', { times: 'bare messages' })],
  needs: { kind: 'process' },
  work: rateInFlight,
});
