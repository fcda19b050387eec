import type { RemoteEnd } from 'atasker/remote';
import { FROM_THE_TOP, TASK_TYPES } from '../priorities.ts';
import type { Claim, Ending, FoundTask } from '../store.ts';
import type { SqlText } from './driver.ts';
import { fromSql } from './text.ts';

/** The column `state`. */
export const QUEUED = 0;
export const DELAYED = 1;
export const RUNNING = 2;
export const ENDED = 3;

/** The tasks in a state other than `QUEUED`. SQLite uses the index `times` only for the words that its condition has. */
export const inState = (state: number): string => `state > 0 AND state = ${state}`;

/** What the column `ended_as` counts. */
export const ENDS: readonly RemoteEnd[] = ['completed', 'failed', 'canceled'];

/** A row of `tasks`, with its payload if that was asked for. */
export interface TaskRow {
  readonly seq: number;
  readonly id: SqlText;
  readonly definition: SqlText;
  readonly name: SqlText;
  readonly tt: number;
  readonly priority: number;
  readonly delay_ms: number;
  readonly origin: SqlText;
  readonly state: number;
  readonly place: number;
  readonly time: number;
  readonly queued_at: number;
  readonly attempt: number;
  readonly token: number | null;
  readonly holder: SqlText | null;
  /** The names of programs, as JSON. */
  readonly lost_by: string | null;
  readonly cancel: SqlText | null;
  readonly ended_as: number | null;
  readonly started_at: number | null;
  readonly progress: SqlText | null;
  readonly is_joined: number;
  readonly payload: SqlText;
}

export function claimOf(row: TaskRow): Claim {
  return {
    id: fromSql(row.id),
    definition: fromSql(row.definition),
    name: fromSql(row.name),
    tt: TASK_TYPES[row.tt]!,
    priority: FROM_THE_TOP[row.priority]!,
    delayMs: row.delay_ms,
    payload: fromSql(row.payload),
    origin: fromSql(row.origin),
    attempt: row.attempt,
    token: `${row.token}`,
  };
}

export function endingOf(row: TaskRow): Ending {
  return {
    id: fromSql(row.id),
    end: ENDS[row.ended_as!]!,
    payload: fromSql(row.payload),
    startedAt: row.started_at,
    progress: row.progress === null ? null : fromSql(row.progress),
    attempt: row.attempt,
    lostNodes: row.lost_by === null ? null : (JSON.parse(row.lost_by) as string[]),
  };
}

export function foundTask(row: TaskRow): FoundTask {
  const ending = row.state === ENDED ? endingOf(row) : null;
  return {
    id: fromSql(row.id),
    definition: fromSql(row.definition),
    state: ending?.end ?? (['queued', 'delayed', 'running'] as const)[row.state]!,
    priority: FROM_THE_TOP[row.priority]!,
    attempt: row.attempt,
    ending,
  };
}
