/** What the rows of no-op tasks have in common. */
import type { Pool } from '../contenders/contender.ts';
import { nowUs } from '../jobs.ts';
import { checkIncrements, WrongResult, type Count, type Metric, type Scale } from './row.ts';

/** Until the code is compiled and the threads have the module: the same time for all, not the same number of tasks. */
export const WARM_UP_MS: Count = { full: 1_000, quick: 250, tiny: 10 };

export const IN_FLIGHT = 64;

export const RATE: readonly Metric[] = [{ name: 'rate', unit: 'tasks/s' }];

const MEASURED_MS: Count = { full: 2_000, quick: 400, tiny: 20 };

/** Tasks per second with `IN_FLIGHT` of them out at a time, after a warm-up. */
export async function rateInFlight(pool: Pool, scale: Scale): Promise<number[]> {
  await keepBusy(pool, WARM_UP_MS[scale]);
  return [await keepBusy(pool, MEASURED_MS[scale])];
}

/** Tasks per second with this many tasks at once, after a warm-up. */
export async function rateAtOnce(pool: Pool, count: number, warmUpMs: number): Promise<number[]> {
  await keepBusy(pool, warmUpMs);
  await submitAll(pool, Math.ceil(count / 5));
  const start = nowUs();
  await submitAll(pool, count);
  return [count / ((nowUs() - start) / 1e6)];
}

/** @throws WrongResult */
export async function submitAll(pool: Pool, count: number): Promise<void> {
  checkIncrements(await Promise.all(Array.from({ length: count }, (_, index) => pool.run('increment', index))), count);
}

/** Keeps tasks in flight for this long. @returns how many ended per second. @throws WrongResult */
export async function keepBusy(pool: Pool, ms: number): Promise<number> {
  let ended = 0;
  const start = nowUs();
  const endUs = start + ms * 1e3;
  const submitNext = async (): Promise<void> => {
    while (nowUs() < endUs) {
      const argument = ended;
      const result = await pool.run('increment', argument);
      if (result !== argument + 1) throw new WrongResult(`increment(${argument}) gave ${result}`);
      ended += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, submitNext));
  return ended / ((nowUs() - start) / 1e6);
}
