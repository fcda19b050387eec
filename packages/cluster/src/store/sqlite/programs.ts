import { rmSync } from 'node:fs';
import { FROM_THE_TOP, TASK_TYPES } from '../priorities.ts';
import type { Claim, Ending, StoreCounts } from '../store.ts';
import { HEAD, queuedCounts, waitingDefinitions } from './claims.ts';
import { offsetAtOpen, type KeptClock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { SqlText } from './driver.ts';
import { DELAYED, ENDED, endingOf, inState, QUEUED, RUNNING, type TaskRow } from './rows.ts';
import { fromSql, toSql } from './text.ts';
import type { Turn } from './turn.ts';

/** This program, in the file: that it lives, what it holds, what it has been told. */
export class Program {
  readonly #connection: Connection;
  readonly #me: SqlText;
  readonly #leaseMs: number;
  /** Where others wake it; null if they cannot. */
  readonly #address: string | null;
  /** What it has claimed: the tokens by id, and whether it has been told of a cancel. */
  readonly #held = new Map<string, { readonly token: string; isCancelTold: boolean }>();
  #definitions: readonly string[] | null = null;
  /** The place of the last end that it has been told of. */
  #toldTo = 0;
  /** When it has to say again that it lives. */
  #beatAt = 0;

  constructor(connection: Connection, me: string, leaseMs: number, address: string | null) {
    this.#connection = connection;
    this.#me = toSql(me);
    this.#leaseMs = leaseMs;
    this.#address = address;
  }

  /** Sets the clock if need be. Comes before any turn. */
  setClock(): void {
    const kept = this.#connection.sql('SELECT clock_offset, seen FROM store').get() as unknown as KeptClock;
    const lives = (now: number): boolean => {
      const { many } = this.#connection.sql('SELECT count(*) AS many FROM programs WHERE lease > ?').get(now) as {
        many: number;
      };
      return many > 0;
    };
    this.#connection.sql('UPDATE store SET clock_offset = ?').run(offsetAtOpen(kept, lives));
  }

  /** Joins the others. Ends that were there before are not told. */
  join(turn: Turn): void {
    this.#toldTo = turn.next();
    this.#enter(turn);
    this.beat(turn);
  }

  /**
   * Says that the program lives, and prolongs the leases of what it holds: also of what has run out, as long as nobody
   * else has claimed it. Comes first in a turn, so that a program which was held up keeps what it can.
   */
  beat(turn: Turn): void {
    if (turn.now < this.#beatAt) return;
    this.#beatAt = turn.now + this.#leaseMs / 4;
    this.#sayAlive(turn);
    const renew = `UPDATE tasks SET state = ${RUNNING}, time = ?
      WHERE id = ? AND token = ? AND state IN (${QUEUED}, ${RUNNING})`;
    for (const [id, { token }] of this.#held) {
      this.#connection.sql(renew).run(turn.now + this.#leaseMs, toSql(id), Number(token));
    }
  }

  #sayAlive(turn: Turn): void {
    const say = 'UPDATE programs SET lease = ? WHERE name = ?';
    const { changes } = this.#connection.sql(say).run(turn.now + this.#leaseMs, this.#me);
    if (Number(changes) === 0) this.#enter(turn);
    this.#connection.sql('UPDATE store SET seen = ?').run(turn.now);
  }

  /** Others forget a program that has been silent for too long, so this may happen again. */
  #enter(turn: Turn): void {
    const definitions = this.#definitions;
    const enter = `INSERT INTO programs (name, address, lease, is_node) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET address = excluded.address, lease = excluded.lease, is_node = excluded.is_node`;
    const isNode = definitions === null ? 0 : 1;
    this.#connection.sql(enter).run(this.#me, this.#address, turn.now + this.#leaseMs, isNode);
    this.#connection.sql('DELETE FROM knows WHERE program = ?').run(this.#me);
    const insert = this.#connection.sql('INSERT OR IGNORE INTO knows (program, definition) VALUES (?, ?)');
    for (const definition of definitions ?? []) insert.run(this.#me, toSql(definition));
  }

  /** Notes what the program can run, if that is new. */
  know(turn: Turn, definitions: readonly string[]): void {
    const known = this.#definitions;
    if (known?.length === definitions.length && known.every((name, n) => name === definitions[n])) return;
    this.#definitions = [...definitions];
    this.#enter(turn);
  }

  hold(claims: readonly Claim[]): void {
    for (const { id, token } of claims) this.#held.set(id, { token, isCancelTold: false });
  }

  letGo(claims: readonly Pick<Claim, 'id' | 'token'>[]): void {
    for (const { id, token } of claims) {
      if (this.#held.get(id)?.token === token) this.#held.delete(id);
    }
  }

  get held(): Pick<Claim, 'id' | 'token'>[] {
    return [...this.#held].map(([id, { token }]) => ({ id, token }));
  }

  /** Claims that are over although the program has not ended them: each is named once. */
  takeLost(): Pick<Claim, 'id' | 'token'>[] {
    const find = this.#connection.sql('SELECT token FROM tasks WHERE id = ?');
    const lost = this.held.filter(({ id, token }) => {
      const row = find.get(toSql(id)) as { token: number | null } | undefined;
      return `${row?.token}` !== token;
    });
    this.letGo(lost);
    return lost;
  }

  /** Cancels of tasks that the program runs: each is named once. */
  takeCancels(): { readonly id: string; readonly payload: string }[] {
    const find = `SELECT id, token, cancel FROM tasks WHERE state = ${RUNNING} AND cancel IS NOT NULL AND holder = ?`;
    const rows = this.#connection.sql(find).all(this.#me) as { id: SqlText; token: number; cancel: SqlText }[];
    const cancels = rows.map(({ id, token, cancel }) => ({
      id: fromSql(id),
      token: `${token}`,
      payload: fromSql(cancel),
    }));
    return cancels.filter(({ id, token }) => {
      const held = this.#held.get(id);
      if (held?.token !== token || held.isCancelTold) return false;
      held.isCancelTold = true;
      return true;
    });
  }

  /** The ends of tasks that the program has added, each once. @returns at most so many */
  takeEnds(most: number): Ending[] {
    const find = `SELECT t.*, p.payload, t.place AS told FROM tasks t JOIN payloads p USING (seq)
        WHERE t.state = ${ENDED} AND t.origin = ?1 AND t.place > ?2
      UNION ALL SELECT t.*, p.payload, j.place AS told FROM joined j JOIN tasks t USING (seq) JOIN payloads p USING (seq)
        WHERE j.origin = ?1 AND j.place IS NOT NULL AND j.place > ?2 AND t.state = ${ENDED}
      ORDER BY told LIMIT ?3`;
    const rows = this.#connection.sql(find).all(this.#me, this.#toldTo, most) as (TaskRow & { told: number })[];
    this.#toldTo = rows.at(-1)?.told ?? this.#toldTo;
    return rows.map((row) => endingOf(row));
  }

  leave(): void {
    this.#connection.sql('DELETE FROM knows WHERE program = ?').run(this.#me);
    this.#connection.sql('DELETE FROM programs WHERE name = ?').run(this.#me);
  }

  /** Where to wake a program, or all that claim tasks; without this one. */
  addresses(who: Iterable<string> | 'nodes'): string[] {
    const rows =
      who === 'nodes'
        ? this.#connection.sql('SELECT address FROM programs WHERE is_node = 1 AND name <> ?').all(this.#me)
        : [...who].flatMap((name) =>
            this.#connection
              .sql('SELECT address FROM programs WHERE name = ? AND name <> ?')
              .all(toSql(name), this.#me),
          );
    return (rows as { address: string | null }[]).flatMap(({ address }) => address ?? []);
  }
}

/** Forgets programs that have died, and removes the sockets that they have left. */
export function forgetDead(connection: Connection, turn: Turn): void {
  const dead = connection.sql('SELECT name, address FROM programs WHERE lease <= ?').all(turn.now);
  for (const { name, address } of dead as { name: SqlText; address: string | null }[]) {
    connection.sql('DELETE FROM knows WHERE program = ?').run(name);
    connection.sql('DELETE FROM programs WHERE name = ?').run(name);
    if (address?.endsWith('.sock') === true) rmSync(address, { force: true });
  }
}

/** What is in the file, over all programs. */
export function countAll(connection: Connection, turn: Turn): StoreCounts {
  const count = (state: number): number =>
    (connection.sql(`SELECT count(*) AS many FROM tasks WHERE ${inState(state)}`).get() as { many: number }).many;
  const nodes = connection.sql('SELECT name FROM programs WHERE is_node = 1 AND lease > ?').all(turn.now);
  const { recovered } = connection.sql('SELECT recovered FROM store').get() as { recovered: number };
  const known = new Set(knownDefinitions(connection, turn));
  const lines = TASK_TYPES.flatMap((_, tt) =>
    FROM_THE_TOP.flatMap((__, priority) =>
      waitingDefinitions(connection, tt, priority).map((definition) => ({ tt, priority, definition })),
    ),
  );
  const since = lines.map(({ tt, priority, definition }) => {
    const head = connection.sql(HEAD).get(tt, priority, toSql(definition), 1);
    return (head as { queued_at: number }).queued_at;
  });
  const unknown = lines.map(({ definition }) => definition).filter((definition) => !known.has(definition));
  return {
    queued: queuedCounts(connection),
    running: count(RUNNING),
    delayed: count(DELAYED),
    oldestMs: since.length === 0 ? null : Math.max(0, turn.now - Math.min(...since)),
    recovered,
    unknownNames: [...new Set(unknown)],
    nodes: (nodes as { name: SqlText }[]).map(({ name }) => fromSql(name)),
  };
}

function knownDefinitions(connection: Connection, turn: Turn): string[] {
  const find = `SELECT DISTINCT k.definition FROM knows k JOIN programs p ON p.name = k.program
    WHERE p.is_node = 1 AND p.lease > ?`;
  return (connection.sql(find).all(turn.now) as { definition: SqlText }[]).map(({ definition }) => fromSql(definition));
}
