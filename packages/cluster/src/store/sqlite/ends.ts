import type { RemoteEnd } from 'atasker/remote';
import type { Connection } from './connection.ts';
import type { SqlText } from './driver.ts';
import { ENDED, ENDS, QUEUED, type TaskRow } from './rows.ts';
import type { Turn } from './turn.ts';

/** How a task ends. */
export interface How {
  readonly end: RemoteEnd;
  readonly payload: SqlText;
  readonly startedAt: number | null;
  readonly progress: SqlText | null;
  /** The programs that it was lost with, if it ends for that. */
  readonly lostNodes: readonly string[] | null;
}

const END = `UPDATE tasks SET state = ${ENDED}, ended_as = ?, started_at = ?, progress = ?, lost_by = ?, place = ?, time = ?,
  token = NULL, holder = NULL, cancel = NULL WHERE seq = ?`;

type EndingTask = Pick<TaskRow, 'seq' | 'origin' | 'is_joined'>;

/** Ends a task; all that have added it will be told. */
export function endTask(connection: Connection, turn: Turn, row: EndingTask, how: How, keepMs: number): void {
  const { seq, origin, is_joined: isJoined } = row;
  const lostBy = how.lostNodes === null ? null : JSON.stringify(how.lostNodes);
  const place = turn.next();
  const { end, startedAt, progress } = how;
  connection.sql(END).run(ENDS.indexOf(end), startedAt, progress, lostBy, place, turn.now + keepMs, seq);
  connection.sql('UPDATE payloads SET payload = ? WHERE seq = ?').run(how.payload, seq);
  turn.concerns(origin);
  if (isJoined === 1) tellJoined(connection, turn, seq, place);
}

function tellJoined(connection: Connection, turn: Turn, seq: number, place: number): void {
  connection.sql('UPDATE joined SET place = ? WHERE seq = ?').run(place, seq);
  for (const row of connection.sql('SELECT origin FROM joined WHERE seq = ?').all(seq)) {
    turn.concerns((row as { origin: SqlText }).origin);
  }
}

/** What happens to a task whose claim is over: its place in line is the one that it had. */
export function giveBack(connection: Connection, turn: Turn, row: TaskRow, keepMs: number): void {
  const { seq, cancel } = row;
  if (cancel !== null) {
    turn.mustLast = true;
    return endTask(
      connection,
      turn,
      row,
      { end: 'canceled', payload: cancel, startedAt: null, progress: null, lostNodes: null },
      keepMs,
    );
  }
  connection.sql(`UPDATE tasks SET state = ${QUEUED}, token = NULL, holder = NULL WHERE seq = ?`).run(seq);
  turn.work = true;
}
