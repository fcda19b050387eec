import type { Priority } from 'atasker';
import { FROM_THE_TOP, TASK_TYPES } from '../priorities.ts';
import type { Claim, Claims, Room } from '../store.ts';
import type { Connection } from './connection.ts';
import type { SqlText } from './driver.ts';
import { claimOf, QUEUED, RUNNING, type TaskRow } from './rows.ts';
import { fromSql, toSql } from './text.ts';
import { namesOf, nextTime } from './time.ts';
import type { Turn } from './turn.ts';

/** All definitions that have tasks in the lines of a type and priority: one look into the index for each. */
const WAITING = `WITH RECURSIVE waiting (definition) AS (
    SELECT min(definition) FROM tasks WHERE state = ${QUEUED} AND tt = ?1 AND priority = ?2
    UNION ALL
    SELECT (SELECT min(definition) FROM tasks WHERE state = ${QUEUED} AND tt = ?1 AND priority = ?2
      AND definition > waiting.definition) FROM waiting WHERE definition IS NOT NULL
  ) SELECT definition FROM waiting WHERE definition IS NOT NULL`;

/** The head of one line. */
export const HEAD = `SELECT seq, place, queued_at FROM tasks
  WHERE state = ${QUEUED} AND tt = ? AND priority = ? AND definition = ? ORDER BY place LIMIT ?`;

const TAKE = `UPDATE tasks SET state = ${RUNNING}, attempt = attempt + 1, token = ?, holder = ?, time = ?, lost_by = ?
  WHERE seq = ?`;

/** A task in its line. */
interface Standing {
  readonly seq: number;
  readonly place: number;
  readonly tt: number;
}

/** As much as there may be; SQLite has no infinite limit. */
const ALL = 2 ** 31;

/** The program that claims. */
export interface Claimer {
  readonly me: string;
  readonly leaseMs: number;
}

/** Claims the most urgent tasks, the oldest first, as far as there is room. */
export function claim(
  connection: Connection,
  turn: Turn,
  { me, leaseMs }: Claimer,
  { room, definitions, most }: { readonly room: Room; readonly definitions: readonly string[]; readonly most: number },
): Claims {
  const known = new Set(definitions);
  const taken = TASK_TYPES.map(() => 0);
  const claims: Claim[] = [];
  for (const [priority, name] of FROM_THE_TOP.entries()) {
    const free = TASK_TYPES.map((tt, n) => Math.min((room[tt]?.[name] ?? 0) - taken[n]!, most - claims.length, ALL));
    for (const { seq, tt } of oldest(connection, priority, known, free).slice(0, most - claims.length)) {
      taken[tt]!++;
      claims.push(take(connection, turn, seq, { me, leaseMs }));
    }
  }
  const next = nextTime(connection);
  return { claims, nextMs: next === null ? null : Math.max(0, next - turn.now) };
}

/** The oldest tasks of a priority, as many of each type as are free. */
function oldest(
  connection: Connection,
  priority: number,
  known: ReadonlySet<string>,
  free: readonly number[],
): Standing[] {
  const found = free.flatMap((most, tt) => {
    if (most <= 0) return [];
    const lines = waitingDefinitions(connection, tt, priority).filter((definition) => known.has(definition));
    const ofType = lines.flatMap((definition) => {
      const heads = connection.sql(HEAD).all(tt, priority, toSql(definition), most);
      return (heads as Standing[]).map(({ seq, place }) => ({ seq, place, tt }));
    });
    return (lines.length > 1 ? ofType.toSorted(byPlace) : ofType).slice(0, most);
  });
  return found.toSorted(byPlace);
}

function byPlace(a: Standing, b: Standing): number {
  return a.place - b.place;
}

/** The definitions of queued tasks of a type and priority, known here or not. */
export function waitingDefinitions(connection: Connection, tt: number, priority: number): string[] {
  const rows = connection.sql(WAITING).all(tt, priority) as { readonly definition: SqlText }[];
  return rows.map(({ definition }) => fromSql(definition));
}

function take(connection: Connection, turn: Turn, seq: number, { me, leaseMs }: Claimer): Claim {
  const read = 'SELECT t.*, p.payload FROM tasks t JOIN payloads p USING (seq) WHERE t.seq = ?';
  const row = connection.sql(read).get(seq) as TaskRow;
  let lostBy = row.lost_by;
  if (row.holder !== null) {
    lostBy = JSON.stringify(namesOf(row));
    turn.recovered();
    turn.concerns(row.holder);
  }
  const token = turn.next();
  connection.sql(TAKE).run(token, toSql(me), turn.now + leaseMs, lostBy, seq);
  return claimOf({ ...row, token, attempt: row.attempt + 1 });
}

/** How many tasks are queued, by type and priority. */
export function queuedCounts(connection: Connection): Record<(typeof TASK_TYPES)[number], Record<Priority, number>> {
  const none = (): Record<Priority, number> => ({ low: 0, normal: 0, high: 0, critical: 0 });
  const queued = { thread: none(), process: none(), async: none() };
  const count = `SELECT tt, priority, count(*) AS many FROM tasks WHERE state = ${QUEUED} GROUP BY tt, priority`;
  for (const row of connection.sql(count).all() as { tt: number; priority: number; many: number }[]) {
    queued[TASK_TYPES[row.tt]!][FROM_THE_TOP[row.priority]!] = row.many;
  }
  return queued;
}
