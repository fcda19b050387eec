import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../contenders/contender.ts';
import { CONTENDERS, FLOOR, importContender, type ContenderName } from '../contenders/index.ts';
import { highUnderBlocking, highUnderBusy } from './high-under-low.ts';
import { allAtOnce, inFlight, roundTrip } from './no-op.ts';
import { THREADS, type Row, type Scale } from './row.ts';

export const ROWS = {
  'all-at-once': allAtOnce,
  'in-flight': inFlight,
  'round-trip': roundTrip,
  'high-blocking': highUnderBlocking,
  'high-busy': highUnderBusy,
} as const satisfies Record<string, Row>;

/** A run is quick without these. */
export const NOT_QUICK: readonly RowName[] = ['high-busy'];

const CLOSE_LIMIT_MS = 2_000;

export type RowName = keyof typeof ROWS;

export const ROW_NAMES = Object.keys(ROWS) as RowName[];

/** Who takes part in a row. */
export function contendersOf(row: RowName): ContenderName[] {
  return CONTENDERS.filter((name) => name !== FLOOR || !ROWS[row].priorities);
}

/** What one contender got; `note` tells what else is worth knowing. */
export interface Measurement {
  readonly values: number[];
  readonly note: string | null;
}

/** One contender at one kind of work, in this process, with a fresh pool. */
export async function measure(row: RowName, name: ContenderName, scale: Scale): Promise<Measurement> {
  const contender = await importContender(name);
  const pool = contender.open({ threads: THREADS, priorities: ROWS[row].priorities });
  let values: number[];
  let note: string | null;
  try {
    values = await ROWS[row].measure(pool, scale);
  } finally {
    note = (await closes(pool)) ? null : `the pool did not close within ${CLOSE_LIMIT_MS} ms`;
  }
  return { values, note };
}

async function closes(pool: Pool): Promise<boolean> {
  const timer = new AbortController();
  const limit = sleep(CLOSE_LIMIT_MS, false, { signal: timer.signal });
  const closed = await Promise.race([pool.close().then(() => true), limit]);
  timer.abort();
  return closed;
}
