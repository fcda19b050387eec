import { THREAD_POOLS } from '../contenders/index.ts';
import { nowUs, spin, type Beside } from '../jobs.ts';
import type { Pool } from '../contenders/contender.ts';
import { median } from '../statistics.ts';
import { poolRow } from './pool-row.ts';
import { WrongResult, type Count } from './row.ts';
import { atMost } from './target.ts';

/** How long the task computes, and its caller at the same time. */
const SPIN_MS: Count = { full: 200, quick: 100, tiny: 2 };

/** For each value. */
const CALLS: Count = { full: 3, quick: 2, tiny: 1 };

/** One of each kind, and two that are larger than what crosses with an entry of a queue. */
const VALUES: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  number: 5,
  string: 'x',
  bigint: 5n,
  object: { a: 1 },
  Date: new Date(0),
  Map: new Map([[1, 2]]),
  Buffer: Buffer.alloc(100),
  Float64Array: new Float64Array(10),
  Error: new Error('x'),
  SharedArrayBuffer: new SharedArrayBuffer(8),
  '2 MB string': 'x'.repeat(2_000_000),
  'array of 100,000 numbers': Array.from({ length: 100_000 }, (_, index) => index),
};

export const busyCaller = poolRow({
  title: (scale) => `task and caller compute for ${SPIN_MS[scale]} ms each, from the call until both are done`,
  metrics: Object.keys(VALUES).map((name) => ({ name, unit: 'times' })),
  contenders: THREAD_POOLS,
  base: 'piscina',
  targets: Object.keys(VALUES).map((name) => atMost(1.1, name)),
  async work(pool, scale) {
    const values: number[] = [];
    await Promise.all([pool.echo({ spinMs: 1 }), pool.echo({ spinMs: 1 })]);
    for (const value of Object.values(VALUES)) {
      const times: number[] = [];
      for (let call = 0; call < CALLS[scale]; call += 1) times.push(await timeOf(pool, SPIN_MS[scale], value));
      values.push(median(times));
    }
    return values;
  },
});

/** 1 if the task and its caller compute side by side, 2 if one of them does so after the other. @throws WrongResult */
async function timeOf(pool: Pool, spinMs: number, value: unknown): Promise<number> {
  const beside: Beside = { spinMs, value };
  const start = nowUs();
  const task = pool.echo(beside);
  spin(spinMs);
  if ((await task) !== spinMs) throw new WrongResult('the task did not compute');
  return (nowUs() - start) / 1e3 / spinMs;
}
