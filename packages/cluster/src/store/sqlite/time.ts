import type { Connection } from './connection.ts';
import type { SqlText } from './driver.ts';
import { endTask, giveBack } from './ends.ts';
import { DELAYED, ENDED, inState, QUEUED, RUNNING, type TaskRow } from './rows.ts';
import { fromSql } from './text.ts';
import type { Turn } from './turn.ts';

/** So many ended tasks are deleted in one transaction, which others wait for. */
const MOST_DELETED = 500;

/** The limits of the program that does it. */
export interface TimeLimits {
  readonly leaseMs: number;
  readonly maxLost: number;
  readonly keepResultsMs: number;
}

const DUE = (state: number): string => `SELECT * FROM tasks WHERE ${inState(state)} AND time <= ? ORDER BY time, place`;

/** Does what is due in the file, for whichever program it is due. */
export function passTime(connection: Connection, turn: Turn, limits: TimeLimits): void {
  for (const row of connection.sql(DUE(DELAYED)).all(turn.now)) join(connection, turn, row as TaskRow);
  if (turn.now - turn.seen > limits.leaseMs / 2) holdBack(connection, turn, limits);
  for (const row of connection.sql(DUE(RUNNING)).all(turn.now)) runOut(connection, turn, row as TaskRow, limits);
}

/**
 * Nobody could write for so long, as when a program was stopped within a transaction: this says nothing about the
 * programs whose leases are over. They get the time to say that they live.
 */
function holdBack(connection: Connection, turn: Turn, { leaseMs }: TimeLimits): void {
  const update = `UPDATE tasks SET time = ? WHERE ${inState(RUNNING)} AND time <= ?`;
  connection.sql(update).run(turn.now + leaseMs / 2, turn.now);
}

/** A delay is over: the task joins the end of its line. */
function join(connection: Connection, turn: Turn, { seq, time }: TaskRow): void {
  const update = `UPDATE tasks SET state = ${QUEUED}, place = ?, queued_at = ? WHERE seq = ?`;
  connection.sql(update).run(turn.next(), time, seq);
  turn.work = true;
}

/** A lease is over. The token stays until the task is claimed again: nobody else has the task so far. */
function runOut(connection: Connection, turn: Turn, row: TaskRow, { maxLost, keepResultsMs }: TimeLimits): void {
  const lostNodes = namesOf(row);
  if (row.cancel === null && lostNodes.length < maxLost) {
    connection.sql(`UPDATE tasks SET state = ${QUEUED} WHERE seq = ?`).run(row.seq);
    turn.work = true;
    return;
  }
  turn.concerns(row.holder);
  turn.mustLast = true;
  if (row.cancel !== null) return giveBack(connection, turn, row, keepResultsMs);
  endTask(
    connection,
    turn,
    row,
    { end: 'failed', payload: '', startedAt: null, progress: null, lostNodes },
    keepResultsMs,
  );
}

/** The programs whose claims have run out, the last one included. */
export function namesOf({ lost_by: lostBy, holder }: TaskRow): string[] {
  const before = lostBy === null ? [] : (JSON.parse(lostBy) as string[]);
  return [...before, fromSql(holder!)];
}

/** When the next delay or lease is over; null if there is none. */
export function nextTime(connection: Connection): number | null {
  const times = [DELAYED, RUNNING].map((state) => {
    const first = connection.sql(`SELECT min(time) AS time FROM tasks WHERE ${inState(state)}`).get();
    return (first as { time: number | null }).time;
  });
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Deletes some of the ended tasks whose time is over. @returns whether there may be more */
export function deleteOld(connection: Connection, turn: Turn): boolean {
  const old = `SELECT seq, is_joined FROM tasks WHERE ${inState(ENDED)} AND time <= ? ORDER BY time LIMIT ?`;
  const rows = connection.sql(old).all(turn.now, MOST_DELETED) as Pick<TaskRow, 'seq' | 'is_joined'>[];
  for (const row of rows) deleteTask(connection, row);
  return rows.length === MOST_DELETED;
}

export function deleteTask(
  connection: Connection,
  { seq, is_joined: isJoined }: Pick<TaskRow, 'seq' | 'is_joined'>,
): void {
  connection.sql('DELETE FROM tasks WHERE seq = ?').run(seq);
  connection.sql('DELETE FROM payloads WHERE seq = ?').run(seq);
  if (isJoined === 1) connection.sql('DELETE FROM joined WHERE seq = ?').run(seq);
}

/** The task with this id, unless it is to be forgotten. */
export function taskOf(connection: Connection, turn: Turn, id: SqlText): TaskRow | null {
  const row = connection.sql('SELECT * FROM tasks WHERE id = ?').get(id) as TaskRow | undefined;
  return row === undefined || (row.state === ENDED && row.time <= turn.now) ? null : row;
}
