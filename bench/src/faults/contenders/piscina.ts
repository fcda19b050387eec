import { Piscina } from 'piscina';
import { contender as bench } from '../../contenders/piscina.ts';
import { signalOf, urlOf, type FaultContender } from './contender.ts';

const filename = new URL('../threads/functions.js', import.meta.url).href;

export const contender: FaultContender = {
  open({ heapMb, onError }) {
    const pool = new Piscina({
      filename,
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
