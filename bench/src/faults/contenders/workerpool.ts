import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import { contender as bench } from '../../contenders/workerpool.ts';
import { ONE_WITH_PRIORITIES, urlOf, type FaultContender, type Limits } from './contender.ts';

type Promised = ReturnType<ReturnType<typeof workerpool.pool>['exec']>;

const script = fileURLToPath(new URL('../threads/workerpool-worker.js', import.meta.url));

/** It has methods of its promise instead of an AbortSignal. */
function limited(promise: Promised, { signal, timeoutMs }: Limits): Promised {
  signal?.addEventListener('abort', () => void promise.cancel(), { once: true });
  return timeoutMs === undefined ? promise : promise.timeout(timeoutMs);
}

export const contender: FaultContender = {
  open({ form, heapMb }) {
    const open = (file: string): ReturnType<typeof workerpool.pool> =>
      workerpool.pool(file, {
        maxWorkers: 1,
        workerType: form === 'threads' ? 'thread' : 'process',
        ...(heapMb && { workerThreadOpts: { resourceLimits: { maxOldGenerationSizeMb: heapMb } } }),
      });
    const pools = [open(script)];
    return {
      run: (name, input, limits = {}) => limited(pools[0]!.exec(name, [input]), limits),
      async runOf(module, limits = {}) {
        const pool = open(fileURLToPath(urlOf(module)));
        pools.push(pool);
        return limited(pool.exec('increment', [1]), limits);
      },
      close: () => Promise.all(pools.map((pool) => pool.terminate())),
    };
  },
  openWithPriorities: () => bench.open(ONE_WITH_PRIORITIES),
};
