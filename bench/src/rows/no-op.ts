import type { Pool } from '../contenders/contender.ts';
import { nowUs } from '../jobs.ts';
import { quantile } from '../statistics.ts';
import { checkIncrements, type Metric, type Row, type Scale } from './row.ts';

const IN_FLIGHT = 64;

type Count = Readonly<Record<Scale, number>>;

const AT_ONCE: Count = { full: 20_000, quick: 5_000, tiny: 200 };
const IN_TURN: Count = { full: 20_000, quick: 3_000, tiny: 200 };
const ROUND_TRIPS: Count = { full: 5_000, quick: 1_000, tiny: 20 };
const WARM_UP: Count = { full: 5_000, quick: 1_000, tiny: 20 };

const RATE: readonly Metric[] = [{ name: 'rate', unit: 'tasks/s' }];
const LATENCY: readonly Metric[] = [
  { name: 'p50', unit: 'µs' },
  { name: 'p99', unit: 'µs' },
];

export const allAtOnce: Row = {
  title: (scale) => `no-op tasks, ${show(AT_ONCE[scale])} at once`,
  metrics: RATE,
  priorities: false,
  measure: (pool, scale) => rate(pool, AT_ONCE[scale], WARM_UP[scale], submitAll),
};

export const inFlight: Row = {
  title: (scale) => `no-op tasks, ${show(IN_TURN[scale])}, ${IN_FLIGHT} in flight`,
  metrics: RATE,
  priorities: false,
  measure: (pool, scale) => rate(pool, IN_TURN[scale], WARM_UP[scale], submitSome),
};

export const roundTrip: Row = {
  title: (scale) => `no-op tasks, ${show(ROUND_TRIPS[scale])}, one at a time`,
  metrics: LATENCY,
  priorities: false,
  async measure(pool, scale) {
    await warmUp(pool, WARM_UP[scale], submitSome);
    await oneByOne(pool, ROUND_TRIPS[scale] >> 1);
    const times = await oneByOne(pool, ROUND_TRIPS[scale]);
    return [quantile(times, 0.5), quantile(times, 0.99)];
  },
};

type Submit = (pool: Pool, count: number) => Promise<number[]>;

async function rate(pool: Pool, count: number, warmUpCount: number, submit: Submit): Promise<number[]> {
  await warmUp(pool, warmUpCount, submit);
  const start = nowUs();
  const results = await submit(pool, count);
  const seconds = (nowUs() - start) / 1e6;
  checkIncrements(results, count);
  return [count / seconds];
}

function show(count: number): string {
  return count.toLocaleString('en');
}

/** The same as what is measured: the code gets compiled, the threads have the module. */
async function warmUp(pool: Pool, count: number, submit: Submit): Promise<void> {
  checkIncrements(await submit(pool, count), count);
}

function submitAll(pool: Pool, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => pool.run('increment', index)));
}

async function submitSome(pool: Pool, count: number): Promise<number[]> {
  const results: number[] = [];
  let next = 0;
  const submitNext = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await pool.run('increment', index);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, submitNext));
  return results;
}

/** Gives the time of each round trip. */
async function oneByOne(pool: Pool, count: number): Promise<number[]> {
  const results: number[] = [];
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = nowUs();
    results.push(await pool.run('increment', index));
    times.push(nowUs() - start);
  }
  checkIncrements(results, count);
  return times;
}
