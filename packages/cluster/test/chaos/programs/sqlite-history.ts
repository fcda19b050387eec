import type { Priority, TaskType } from 'atasker';
import type { RemoteEnd } from 'atasker/remote';
import { inFile } from '../../support/sqlite.ts';
import type { HistoryEvent, StoreEvent } from '../checker/history.ts';
import { URGENCY } from '../checker/lines.ts';
import { NOTED_CHARS } from '../logged-store.ts';

const TYPES: readonly TaskType[] = ['thread', 'process', 'async'];
const ENDS: readonly RemoteEnd[] = ['completed', 'failed', 'canceled'];

/** How long the programs of a run keep the ends of tasks. */
export const KEEP_MS = 3_600_000;

/** What the triggers write: a step of a task, by the columns of `tasks` before and after it. */
interface Step {
  readonly at: number;
  readonly what: keyof typeof TRIGGERS | 'beat';
  readonly task: number;
  readonly id: string;
  readonly a: string | number | null;
  readonly b: string | number | null;
  readonly c: string | number | null;
  readonly d: string | number | null;
  readonly e: string | number | null;
}

/**
 * Columns of `tasks` as they are in the schema of the store: `state` is 0 queued, 1 delayed, 2 running, 3 ended. Each row:
 * at which change of a row, and what is kept of it.
 */
const TRIGGERS = {
  accepted: ['INSERT', '1', 'NEW.definition, NEW.tt, NEW.priority, CASE NEW.state WHEN 1 THEN NEW.time END, NULL'],
  queued: ['UPDATE', 'OLD.state = 1 AND NEW.state = 0', 'NULL, NULL, NULL, NULL, NULL'],
  claimed: ['UPDATE', 'NEW.state = 2 AND NEW.token IS NOT OLD.token', 'NEW.holder, NEW.token, NEW.attempt, NULL, NULL'],
  leaseOver: [
    'UPDATE',
    'OLD.state = 2 AND NEW.state = 0 AND NEW.token IS OLD.token',
    'NEW.token, NULL, NULL, NULL, NULL',
  ],
  regained: [
    'UPDATE',
    'OLD.state = 0 AND NEW.state = 2 AND NEW.token IS OLD.token',
    'NEW.token, NULL, NULL, NULL, NULL',
  ],
  uncounted: ['UPDATE', 'NEW.attempt < OLD.attempt', 'OLD.token, NULL, NULL, NULL, NULL'],
  released: [
    'UPDATE',
    'OLD.token IS NOT NULL AND NEW.token IS NULL AND NEW.state = 0',
    'OLD.token, NULL, NULL, NULL, NULL',
  ],
  cancelAsked: ['UPDATE', 'OLD.cancel IS NULL AND NEW.cancel IS NOT NULL', 'NULL, NULL, NULL, NULL, NULL'],
  priorityChanged: ['UPDATE OF priority', '1', 'NEW.priority, NULL, NULL, NULL, NULL'],
  ended: [
    'UPDATE',
    'OLD.state <> 3 AND NEW.state = 3',
    `OLD.token, NEW.ended_as, NEW.lost_by IS NOT NULL, OLD.state, NEW.started_at IS NULL AND OLD.time <= NEW.time - ${KEEP_MS}`,
  ],
} as const;

/** A statement is one moment for SQLite. Julian days begin at noon. */
const NOW_MS = `CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)`;

/** Lets a file write down its own history, for all programs in one order. The tables must be there already. */
export function recordHistory(path: string): void {
  inFile(path, (db) => {
    db.exec(`CREATE TABLE chaos_history (n INTEGER PRIMARY KEY, at INTEGER, what TEXT, task INTEGER, id TEXT, a, b, c, d, e);
      CREATE TABLE chaos_ends (task INTEGER PRIMARY KEY, payload TEXT);
      CREATE TRIGGER chaos_end AFTER UPDATE ON payloads BEGIN
        INSERT OR REPLACE INTO chaos_ends VALUES (NEW.seq, substr(NEW.payload, 1, ${NOTED_CHARS}));
      END;
      CREATE TRIGGER chaos_beat AFTER UPDATE OF lease ON programs BEGIN
        INSERT INTO chaos_history (at, what, id) VALUES (${NOW_MS}, 'beat', NEW.name);
      END;`);
    for (const [what, [change, when, values]] of Object.entries(TRIGGERS)) {
      db.exec(`CREATE TRIGGER chaos_${what} AFTER ${change} ON tasks WHEN ${when} BEGIN
        INSERT INTO chaos_history (at, what, task, id, a, b, c, d, e) VALUES (${NOW_MS}, '${what}', NEW.seq, NEW.id, ${values});
      END;`);
    }
  });
}

/**
 * What the file has written down, in its order. Programs write at least as often as `beatMs`. If none has for much longer,
 * none could: SQLite lets one program write at a time, and that one was stopped in the midst of it.
 */
export function readHistory(path: string, beatMs = Infinity): HistoryEvent[] {
  return inFile(path, (db) => {
    const steps = db.prepare('SELECT * FROM chaos_history ORDER BY n').all() as Step[];
    const ends = db.prepare('SELECT * FROM chaos_ends').all() as { readonly task: number; readonly payload: string }[];
    return toEvents(steps, new Map(ends.map(({ task, payload }) => [task, payload])), 1.5 * beatMs);
  });
}

function toEvents(steps: readonly Step[], payloads: ReadonlyMap<number, string>, longestMs: number): HistoryEvent[] {
  const history: HistoryEvent[] = [];
  /** Tasks that are being handed back, and whose run does not count. */
  const uncounted = new Set<string>();
  let lastAt = Infinity;
  for (const step of steps) {
    if (step.at - lastAt > longestMs) history.push({ at: step.at, type: 'storeBack' });
    lastAt = step.at;
    if (step.what === 'uncounted') uncounted.add(step.id);
    else for (const event of eventsOf(step, payloads, uncounted)) history.push({ at: step.at, ...event });
  }
  return history;
}

function eventsOf(step: Step, payloads: ReadonlyMap<number, string>, uncounted: Set<string>): StoreEvent[] {
  const { what, id, a, b, c, d } = step;
  switch (what) {
    case 'accepted': {
      const [tt, priority] = [TYPES[b as number]!, URGENCY[c as number]!];
      return [{ type: what, id, definition: a as string, tt, priority, dueAt: d as number | null }];
    }
    case 'claimed':
      return [{ type: what, id, node: a as string, token: `${b}`, attempt: c as number }];
    case 'beat':
      return [{ type: 'renewed', node: id }];
    case 'leaseOver':
    case 'regained':
      return [{ type: what, id, token: `${a}` }];
    case 'released':
      return [{ type: what, id, token: `${a}`, isCounted: !uncounted.delete(id) }];
    case 'priorityChanged':
      return [{ type: what, id, priority: URGENCY[a as number] as Priority }];
    case 'queued':
    case 'cancelAsked':
      return [{ type: what, id }];
    case 'ended':
      return endOf(step, payloads.get(step.task) ?? '', uncounted);
    case 'uncounted':
      return [];
  }
}

/** A task also ends when it is handed back or its lease runs out, if it is cancelled or was lost too often. */
function endOf({ id, a, b, c, d, e }: Step, payload: string, uncounted: Set<string>): StoreEvent[] {
  const end = ENDS[b as number]!;
  const ended = { type: 'ended', id, end, payload, lost: c === 1 } as const;
  const token = a === null ? null : `${a}`;
  const wasRunning = d === 2;
  if (token !== null && uncounted.delete(id)) {
    return [
      { type: 'released', id, token, isCounted: false },
      { ...ended, token: null },
    ];
  }
  if (token !== null && ended.lost) {
    const over = { type: 'leaseOver', id, token } as const;
    return [...(wasRunning ? [over] : []), { ...ended, token: null }];
  }
  if (token !== null && end === 'canceled' && wasRunning && e === 1) {
    return [
      { type: 'leaseOver', id, token },
      { ...ended, token: null },
    ];
  }
  const isByCancel = end === 'canceled' && !wasRunning;
  return [{ ...ended, token: isByCancel ? null : token }];
}
