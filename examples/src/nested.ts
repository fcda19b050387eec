/** Tasks that start tasks. A parent that waits gives its slot away, so even one thread's pool is enough. */
import { backgroundTask, main, taskSupervisor, waitCompleted } from 'atasker';

/** The primes below a limit, in parallel: one task for each part. */
const primesBelow = backgroundTask(async function primesBelow(limit: number): Promise<number> {
  const size = Math.ceil(limit / 4);
  const parts = [0, 1, 2, 3].map((part) => primesBetween(part * size, Math.min(limit, (part + 1) * size)));
  const counts = await waitCompleted(parts);
  return counts.reduce((sum, count) => sum + count, 0);
});

const primesBetween = backgroundTask(function primesBetween(from: number, to: number): number {
  let count = 0;
  for (let number = Math.max(2, from); number < to; number += 1) if (isPrime(number)) count += 1;
  return count;
});

function isPrime(number: number): boolean {
  for (let factor = 2; factor * factor <= number; factor += 1) if (number % factor === 0) return false;
  return true;
}

await main(async () => {
  taskSupervisor.setThreadPool({ poolSize: 1, reserveNormal: 0, reserveHigh: 0 });
  const limits = [1_000, 10_000, 100_000];
  const counts = await waitCompleted(limits.map((limit) => primesBelow(limit)));
  counts.forEach((count, index) => console.log(`${count} primes below ${limits[index]}`));
});
