import { TaskSupervisor } from 'atasker';
import { openAsync } from './atasker-async.ts';
import { echoTask, tasks } from './atasker-tasks.ts';
import type { Contender, Pool, PoolNeeds } from './contender.ts';

/** As many threads or processes as the others; with priorities its reserves beside them. */
export const contender: Contender = {
  open(needs) {
    if (needs.kind === 'async') return openAsync(needs, true);
    return openMembers(needs, 'shared');
  },
};

/** Threads or processes; for threads with this transport. */
export function openMembers(needs: PoolNeeds, transport: 'shared' | 'message'): Pool {
  const { kind: tt, priorities } = needs as PoolNeeds & { readonly kind: 'thread' | 'process' };
  const pool = poolOptions(needs);
  const supervisor = new TaskSupervisor({
    ...(tt === 'thread' ? { threadPool: pool, transport } : { processPool: pool }),
    cancelGrace: 1,
  });
  supervisor.start();
  const plain = tasks({ supervisor, tt, priority: PLAIN[priorities] });
  const urgent = tasks({ supervisor, tt, priority: priorities === 'critical' ? 'critical' : 'high' });
  return {
    run: (job, argument) => plain[job](argument),
    runUrgent: (job, argument) => urgent[job](argument),
    echo: echoTask.with({ supervisor, tt }),
    close: async () => void (await supervisor.stop({ cancelTasks: true })),
  };
}

/** High tasks may take every slot and reserve: with critical ones they are the load. */
const PLAIN = { none: 'normal', mixed: 'normal', urgent: 'low', critical: 'high' } as const;

type PoolOptions = ConstructorParameters<typeof TaskSupervisor>[0] & object;

/** A critical task goes beyond size and reserves, into a thread more. */
function poolOptions({ size, priorities, isCold }: PoolNeeds): NonNullable<PoolOptions['processPool']> {
  const reserve = priorities === 'none' ? 0 : 1;
  const slots = size + 2 * reserve;
  return {
    poolSize: size,
    reserveNormal: reserve,
    reserveHigh: reserve,
    minSize: isCold ? 0 : 'max',
    maxSize: priorities === 'critical' ? slots + 2 : slots,
  };
}
