import { LIMITS, type ContenderName } from '../contenders/index.ts';
import { allAtOnce } from './all-at-once.ts';
import { asyncTasks } from './async.ts';
import { besideLong } from './beside-long.ts';
import { busyCaller } from './busy-caller.ts';
import { firstResult } from './first-result.ts';
import { criticalOverFull, highUnderBlocking, highUnderBusy } from './high-under-low.ts';
import { idle } from './idle.ts';
import { importTime } from './import.ts';
import { inFlight } from './in-flight.ts';
import { processes, processesInFlight } from './processes.ts';
import { queued } from './queued.ts';
import { roundTrip } from './round-trip.ts';
import type { Row } from './row.ts';
import { processValues, threadValues } from './values.ts';

export const ROWS = {
  'all-at-once': allAtOnce,
  'in-flight': inFlight,
  'round-trip': roundTrip,
  'high-blocking': highUnderBlocking,
  'high-busy': highUnderBusy,
  'critical-full': criticalOverFull,
  'beside-long': besideLong,
  'busy-caller': busyCaller,
  idle,
  queued,
  'values-threads': threadValues,
  'values-processes': processValues,
  processes,
  'processes-in-flight': processesInFlight,
  async: asyncTasks,
  import: importTime,
  'first-result': firstResult,
} as const satisfies Record<string, Row>;

export type RowName = keyof typeof ROWS;

export const ROW_NAMES = Object.keys(ROWS) as RowName[];

/** A run is quick without these. */
export const NOT_QUICK: readonly RowName[] = ['high-busy'];

/** A row, as what all rows have in common. */
export function rowOf(name: RowName): Row {
  return ROWS[name];
}

/** The contenders of a quick run of a row: those that its targets name, the one that all are compared with, and the limits. */
export function quickOf({ quick, contenders, base, targets }: Row): readonly ContenderName[] {
  const needed = new Set<ContenderName>([
    base,
    ...LIMITS,
    ...targets.flatMap(({ of, times }) => [of, ...(times ?? [])]),
  ]);
  return quick ?? contenders.filter((name) => needed.has(name));
}
