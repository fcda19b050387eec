/** A pool full of long low tasks, many more waiting, and now and then a high one: how soon does it start? */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, Priorities } from '../contenders/contender.ts';
import { THREAD_POOLS } from '../contenders/index.ts';
import { nowUs, type Job } from '../jobs.ts';
import { quantile } from '../statistics.ts';
import { poolRow, SIZE, type PoolRow } from './pool-row.ts';
import { showCount, WrongResult, type Scale } from './row.ts';
import { atMost, type Target } from './target.ts';

interface Size {
  readonly low: number;
  readonly lowMs: number;
  readonly high: number;
  /** Between two high tasks, at least and at most: never in step with the low ones. */
  readonly pauseMs: readonly [number, number];
}

const SIZES: Readonly<Record<Scale, Size>> = {
  full: { low: 1_000, lowMs: 200, high: 100, pauseMs: [20, 60] },
  quick: { low: 1_000, lowMs: 200, high: 20, pauseMs: [5, 30] },
  tiny: { low: 100, lowMs: 5, high: 4, pauseMs: [5, 10] },
};

const LIMIT_MS = 10_000;

const HIGH = [atMost(1, 'p50'), atMost(15, 'p99')];

export const highUnderBlocking = row('high', 'block', 'low, blocking', HIGH);
export const highUnderBusy = row('high', 'spin', 'low, busy', HIGH);

/** The load takes every slot and reserve; the urgent tasks have to go beyond. */
export const criticalOverFull = row('critical', 'block', 'high, blocking', [atMost(5, 'p50')]);

function row(urgent: 'high' | 'critical', job: Job, load: string, targets: readonly Target[]): PoolRow {
  const priorities: Priorities = urgent === 'high' ? 'urgent' : 'critical';
  return poolRow({
    title: (scale) =>
      `${urgent} task under ${showCount(SIZES[scale].low)} ${load} ones of ${SIZES[scale].lowMs} ms: start after`,
    metrics: [
      { name: 'p50', unit: 'ms' },
      { name: 'p99', unit: 'ms' },
    ],
    contenders: THREAD_POOLS,
    base: 'piscina',
    targets,
    needs: { priorities },
    work: (pool, scale) => measure(pool, job, SIZES[scale]),
  });
}

async function measure(pool: Pool, job: Job, { low, lowMs, high, pauseMs }: Size): Promise<number[]> {
  await warmUp(pool);
  const load = new Load(pool, job, low, lowMs);
  await sleep(lowMs / 2);
  const starts: Promise<number>[] = [];
  for (let count = 0; count < high; count += 1) {
    const [least, most] = pauseMs;
    await sleep(least + Math.random() * (most - least));
    starts.push(startDelayMs(pool));
  }
  const delays = await allWithin(LIMIT_MS, starts);
  load.checkPoolWasFull();
  return [quantile(delays, 0.5), quantile(delays, 0.99)];
}

/** A task that a pool has lost must not hold up the others for ever. */
async function allWithin(ms: number, starts: readonly Promise<number>[]): Promise<number[]> {
  let ended = 0;
  for (const start of starts) void start.then(() => (ended += 1));
  const all = Promise.all(starts);
  if ((await Promise.race([all, sleep(ms, null)])) === null) {
    throw new Error(`${starts.length - ended} of ${starts.length} high tasks had not started after ${ms} ms`);
  }
  return all;
}

/** Until every thread, also of a reserve, has the module and compiled code. */
async function warmUp(pool: Pool): Promise<void> {
  for (let count = 0; count < 10; count += 1) {
    await Promise.all(Array.from({ length: 2 * SIZE }, () => pool.runUrgent('block', 5)));
    await Promise.all([pool.run('block', 1), pool.run('spin', 1), startDelayMs(pool)]);
  }
}

async function startDelayMs(pool: Pool): Promise<number> {
  const submitted = nowUs();
  const started = await pool.runUrgent('startTime', 0);
  if (!(submitted <= started && started <= nowUs())) throw new WrongResult(`startTime() gave ${started}`);
  return (started - submitted) / 1e3;
}

/** The low tasks. Those that are left when the pool is closed may fail. */
class Load {
  readonly #count: number;
  #ended = 0;
  #failure: Error | null = null;

  constructor(pool: Pool, job: Job, count: number, ms: number) {
    this.#count = count;
    for (let started = 0; started < count; started += 1) {
      pool.run(job, ms).then(
        (result) => this.#end(result === ms ? null : new WrongResult(`${job}(${ms}) gave ${result}`)),
        (error: unknown) => this.#end(new Error('a low task failed', { cause: error })),
      );
    }
  }

  checkPoolWasFull(): void {
    if (this.#failure !== null) throw this.#failure;
    const left = this.#count - this.#ended;
    if (this.#ended === 0 || left <= SIZE) throw new Error(`${left} of ${this.#count} low tasks were left`);
  }

  #end(failure: Error | null): void {
    this.#ended += 1;
    this.#failure ??= failure;
  }
}
