/** What the rows of no-op tasks have in common. */
import type { Pool } from '../contenders/contender.ts';
import { nowUs } from '../jobs.ts';
import { checkIncrements, type Count, type Metric } from './row.ts';

export const WARM_UP: Count = { full: 5_000, quick: 1_000, tiny: 20 };

export const IN_FLIGHT = 64;

export const RATE: readonly Metric[] = [{ name: 'rate', unit: 'tasks/s' }];

type Submit = (pool: Pool, count: number) => Promise<number[]>;

/** Tasks per second, after a warm-up of the same kind: the code gets compiled, the threads have the module. */
export async function rate(pool: Pool, count: number, warmUpCount: number, submit: Submit): Promise<number[]> {
  checkIncrements(await submit(pool, warmUpCount), warmUpCount);
  const start = nowUs();
  const results = await submit(pool, count);
  const seconds = (nowUs() - start) / 1e6;
  checkIncrements(results, count);
  return [count / seconds];
}

export function submitAll(pool: Pool, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => pool.run('increment', index)));
}

export async function submitSome(pool: Pool, count: number): Promise<number[]> {
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

/** So that no other row measures code that is not compiled yet. */
export async function warmUp(pool: Pool, count: number): Promise<void> {
  checkIncrements(await submitSome(pool, count), count);
}
