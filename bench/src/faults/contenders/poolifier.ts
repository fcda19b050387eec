import { fileURLToPath } from 'node:url';
import { FixedClusterPool, FixedThreadPool } from 'poolifier';
import { contender as bench } from '../../contenders/poolifier.ts';
import { ONE_WITH_PRIORITIES, signalOf, urlOf, type FaultContender } from './contender.ts';

const files = {
  threads: fileURLToPath(new URL('../threads/poolifier-thread.js', import.meta.url)),
  processes: fileURLToPath(new URL('../threads/poolifier-process.cjs', import.meta.url)),
};

type AnyPool = FixedThreadPool | FixedClusterPool;

export const contender: FaultContender = {
  open({ form, heapMb, onError }) {
    const options = { errorHandler: onError };
    const workerOptions = { resourceLimits: { maxOldGenerationSizeMb: heapMb! } };
    const open = (file: string): AnyPool => {
      const pool: AnyPool =
        form === 'threads'
          ? new FixedThreadPool(1, file, { ...options, ...(heapMb && { workerOptions }) })
          : new FixedClusterPool(1, file, options);
      pool.emitter?.on('error', onError);
      return pool;
    };
    const pools = [open(files[form])];
    return {
      run: (name, input, limits = {}) => pools[0]!.execute(input, name, signalOf(limits)),
      async runOf(module, limits = {}) {
        const pool = open(fileURLToPath(urlOf(module)));
        pools.push(pool);
        return pool.execute(1, 'increment', signalOf(limits));
      },
      close: () => Promise.all(pools.map((pool) => pool.destroy())),
    };
  },
  openWithPriorities: () => bench.open(ONE_WITH_PRIORITIES),
};
