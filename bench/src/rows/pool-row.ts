/** A row whose contenders are pools: each gets a fresh one, works with it, and closes it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolNeeds } from '../contenders/contender.ts';
import { importContender } from '../contenders/index.ts';
import { nowUs } from '../jobs.ts';
import type { Row, Scale } from './row.ts';

/** Threads or processes of a pool. */
export const SIZE = 2;

const CLOSE_LIMIT_MS = 1_000;

export interface PoolRow extends Row {
  readonly needs: PoolNeeds;
  /** A value for each metric. `openedUs` is the time just before the pool was opened. @throws WrongResult */
  work(pool: Pool, scale: Scale, openedUs: number): Promise<number[]>;
}

type Definition = Omit<PoolRow, 'measure' | 'needs'> & { readonly needs?: Partial<PoolNeeds> };

export function poolRow(definition: Definition): PoolRow {
  const needs: PoolNeeds = { kind: 'thread', size: SIZE, priorities: 'none', isCold: false, ...definition.needs };
  return {
    ...definition,
    needs,
    async measure(name, scale) {
      const contender = await importContender(name);
      const openedUs = nowUs();
      const pool = closedOnce(contender.open(needs));
      let values: number[];
      let note: string | null;
      try {
        values = await definition.work(pool, scale, openedUs);
      } finally {
        note = await closingFault(pool);
      }
      return { values, note };
    },
  };
}

/** The work may close the pool itself; most pools do not bear a second time. */
function closedOnce(pool: Pool): Pool {
  let closed: Promise<void> | null = null;
  return { ...pool, close: () => (closed ??= pool.close()) };
}

/**
 * What goes wrong while the pool closes with tasks still running, or null. The values have been measured by then, and
 * libraries do fail there: piscina may emit an error for the result of a task that it has just given up.
 */
export async function closingFault(pool: Pool): Promise<string | null> {
  const faults: unknown[] = [];
  process.on('uncaughtException', (fault) => faults.push(fault));
  const timer = new AbortController();
  const limit = sleep(CLOSE_LIMIT_MS, false, { signal: timer.signal });
  const closing = pool.close().then(
    () => true,
    (fault: unknown) => faults.push(fault) > 0,
  );
  const closed = await Promise.race([closing, limit]);
  timer.abort();
  if (faults.length > 0) return `the pool failed as it closed: ${String(faults[0])}`;
  return closed ? null : `the pool did not close within ${CLOSE_LIMIT_MS} ms`;
}
