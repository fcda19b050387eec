/** Values of all kinds and sizes, there and back. */
import { PROCESS_POOLS, type ContenderName } from '../contenders/index.ts';
import type { Pool } from '../contenders/contender.ts';
import { nowUs } from '../jobs.ts';
import { poolRow, SIZE, type PoolRow } from './pool-row.ts';
import { WrongResult, type Count } from './row.ts';
import { atLeast } from './target.ts';

const KB = 1024;

const VALUES: Readonly<Record<string, unknown>> = {
  '0.1 KB object': objectOf(0.1 * KB),
  '0.5 KB object': objectOf(0.5 * KB),
  '1 KB object': objectOf(KB),
  '4 KB object': objectOf(4 * KB),
  '64 KB object': objectOf(64 * KB),
  '1 MB object': objectOf(KB * KB),
  '1 KB string': 'x'.repeat(KB),
  '64 KB string': 'x'.repeat(64 * KB),
  '1 MB string': 'x'.repeat(KB * KB),
  '1 KB Buffer': Buffer.alloc(KB, 7),
  '64 KB Buffer': Buffer.alloc(64 * KB, 7),
  '1 MB Buffer': Buffer.alloc(KB * KB, 7),
};

/** The other process pools send JSON, which makes an empty object of a map. */
const FOR_THREADS: Readonly<Record<string, unknown>> = {
  'map of 50 dates': new Map(Array.from({ length: 50 }, (_, at) => [`key ${at}`, new Date(at)])),
};

const IN_FLIGHT = [1, 16, 64] as const;

/** Of each cell. */
const MEASURED_MS: Count = { full: 250, quick: 100, tiny: 1 };

/** Before each cell. */
const WARM_UP_MS: Count = { full: 80, quick: 40, tiny: 1 };

export const threadValues = valuesRow('thread', [
  'atasker',
  'atasker over messages',
  'piscina',
  'tinypool',
  'workerpool',
  'poolifier',
  'jest-worker',
]);

/** tinypool needs more than a minute for the Buffers, which it sends as JSON. */
export const processValues = valuesRow(
  'process',
  PROCESS_POOLS.filter((name) => name !== 'tinypool'),
);

/** At each size, for each number in flight, at least as fast as the best of the others. */
function valuesRow(kind: 'thread' | 'process', contenders: readonly ContenderName[]): PoolRow {
  const values = kind === 'thread' ? { ...VALUES, ...FOR_THREADS } : VALUES;
  const cells = Object.entries(values).flatMap(([what, value]) =>
    IN_FLIGHT.map((inFlight) => ({ name: `${what}, ${inFlight}`, value, inFlight })),
  );
  const base = kind === 'thread' ? 'piscina' : 'jest-worker';
  const times = contenders.filter((name) => name !== 'atasker');
  return poolRow({
    title: () => `values there and back in ${SIZE} ${kind === 'thread' ? 'threads' : 'processes'}`,
    metrics: cells.map(({ name }) => ({ name, unit: 'tasks/s' })),
    contenders,
    base,
    targets: cells.map(({ name }) => atLeast(1, name, { times })),
    needs: { kind },
    async work(pool, scale) {
      const rates: number[] = [];
      for (const { value, inFlight } of cells) {
        const atOnce = scale === 'tiny' ? 1 : inFlight;
        await rateOf(pool, value, atOnce, WARM_UP_MS[scale]);
        rates.push(await rateOf(pool, value, atOnce, MEASURED_MS[scale]));
      }
      return rates;
    },
  });
}

/** Tasks per second with this many in flight, for at least this long. @throws WrongResult */
async function rateOf(pool: Pool, value: unknown, inFlight: number, ms: number): Promise<number> {
  let ended = 0;
  const start = nowUs();
  const submitNext = async (): Promise<void> => {
    do {
      const result = await pool.echo(value);
      if (sizeOf(result) !== sizeOf(value)) throw new WrongResult('a value came back as another one');
      ended += 1;
    } while (nowUs() < start + ms * 1e3);
  };
  await Promise.all(Array.from({ length: inFlight }, submitNext));
  return ended / ((nowUs() - start) / 1e6);
}

/** An object whose JSON has about so many bytes. */
function objectOf(bytes: number): Record<string, string> {
  const fields = Math.max(1, Math.round(bytes / 28));
  return Object.fromEntries(Array.from({ length: fields }, (_, at) => [`key ${at}`, `the value ${at}`]));
}

/** A Buffer that was sent as JSON counts as one: the other process pools give it back so. */
function sizeOf(value: unknown): number {
  if (value instanceof Map) return value.size;
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return -1;
  const { type, data } = value as { readonly type?: unknown; readonly data?: unknown[] };
  return type === 'Buffer' && Array.isArray(data) ? data.length : Object.keys(value).length;
}
