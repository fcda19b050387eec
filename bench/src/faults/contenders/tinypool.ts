import { Tinypool } from 'tinypool';
import { contender as bench } from '../../contenders/tinypool.ts';
import { signalOf, urlOf, type FaultContender } from './contender.ts';

const filename = new URL('../threads/functions.js', import.meta.url).href;

export const contender: FaultContender = {
  open({ form, heapMb, onError }) {
    const pool = new Tinypool({
      filename,
      runtime: form === 'threads' ? 'worker_threads' : 'child_process',
      minThreads: 1,
      maxThreads: 1,
      ...(heapMb && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
    });
    pool.on('error', onError);
    return {
      run: (name, input, limits = {}) => pool.run(input, { name, signal: signalOf(limits) ?? null }),
      runOf: (module, limits = {}) =>
        pool.run(1, { filename: urlOf(module).href, name: 'increment', signal: signalOf(limits) ?? null }),
      close: () => pool.destroy(),
    };
  },
  openWithPriorities: () => bench.open({ threads: 1, priorities: true }),
};
