import { TaskSupervisor } from 'atasker';
import { tasks as jobs } from '../../contenders/atasker-tasks.ts';
import { noValues } from '../../contenders/contender.ts';
import { tasks } from '../threads/atasker-tasks.ts';
import type { BadModule, FaultContender, Limits } from './contender.ts';

const MODULES = {
  missing: () => import('../threads/modules/atasker-missing.ts'),
  throws: () => import('../threads/modules/atasker-throws.ts'),
  loops: () => import('../threads/modules/atasker-loops.ts'),
  waits: () => import('../threads/modules/atasker-waits.ts'),
} as const satisfies Record<BadModule, unknown>;

const TYPES = { threads: 'thread', processes: 'process' } as const;

export const contender: FaultContender = {
  open({ form, heapMb, loadMs, onError }) {
    const tt = TYPES[form];
    const size = { poolSize: 1, reserveNormal: 0, reserveHigh: 0, ...(loadMs && { startTimeout: loadMs }) };
    const supervisor = new TaskSupervisor({
      threadPool: { ...size, ...(heapMb && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }) },
      processPool: { ...size, ...(heapMb && { execArgv: [`--max-old-space-size=${heapMb}`] }) },
    });
    supervisor.on('error', onError);
    const options = ({ signal, timeoutMs }: Limits): object => ({
      tt,
      supervisor,
      ...(signal && { signal }),
      ...(timeoutMs && { timeout: timeoutMs }),
    });
    return {
      run: (name, input, limits = {}) => tasks[name].with(options(limits))(input),
      async runOf(module, limits = {}) {
        const { task } = await MODULES[module]();
        return task.with(options(limits))(1);
      },
      close: () => supervisor.stop(),
    };
  },
  openWithPriorities(form) {
    const size = { poolSize: 1, reserveNormal: 0, reserveHigh: 1 };
    const supervisor = new TaskSupervisor({ threadPool: size, processPool: size });
    const low = jobs({ supervisor, tt: TYPES[form], priority: 'low' });
    const high = jobs({ supervisor, tt: TYPES[form], priority: 'high' });
    return {
      run: (job, argument) => low[job](argument),
      runUrgent: (job, argument) => high[job](argument),
      echo: noValues,
      close: async () => void (await supervisor.stop()),
    };
  },
};
