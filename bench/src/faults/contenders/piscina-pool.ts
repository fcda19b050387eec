import { signalOf, urlOf, type FaultPool, type Needs } from './contender.ts';

/** What piscina has, and tinypool, which comes from it. */
interface PiscinaPool {
  run(input: unknown, options: RunOptions): PromiseLike<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(): PromiseLike<unknown>;
}

interface RunOptions {
  readonly name: string;
  readonly filename?: string;
  readonly signal: AbortSignal | null;
}

interface PoolOptions {
  readonly filename: string;
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly resourceLimits?: { readonly maxOldGenerationSizeMb: number };
}

/** Of a pool with one thread or process. */
export function poolOptions({ heapMb }: Needs): PoolOptions {
  return {
    filename: new URL('../threads/functions.js', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    ...(heapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
  };
}

export function faultPoolOf(pool: PiscinaPool, { onError }: Needs): FaultPool {
  pool.on('error', onError);
  return {
    run: (name, input, limits = {}) => pool.run(input, { name, signal: signalOf(limits) ?? null }),
    runOf: (module, limits = {}) =>
      pool.run(1, { filename: urlOf(module).href, name: 'increment', signal: signalOf(limits) ?? null }),
    close: () => pool.destroy(),
  };
}
