import type { Priority } from 'atasker';
import { FROM_THE_TOP, TASK_TYPES } from '../priorities.ts';
import type { Claim, End, FoundTask, StoredTask } from '../store.ts';
import type { Connection } from './connection.ts';
import { endTask, giveBack } from './ends.ts';
import { DELAYED, ENDED, foundTask, QUEUED, RUNNING, type TaskRow } from './rows.ts';
import { fromSql, toSql } from './text.ts';
import { deleteTask, taskOf } from './time.ts';
import type { Turn } from './turn.ts';

const INSERT = `INSERT INTO tasks (id, definition, name, tt, priority, delay_ms, origin, state, place, time, queued_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;

/** What can be done with tasks, each within a transaction. */
export class Tasks {
  readonly #connection: Connection;
  readonly #me: string;
  readonly #keepMs: number;

  constructor(connection: Connection, me: string, keepMs: number) {
    this.#connection = connection;
    this.#me = me;
    this.#keepMs = keepMs;
  }

  add(turn: Turn, tasks: readonly StoredTask[]): void {
    for (const task of tasks) {
      if (!this.#insert(turn, task)) this.#addAgain(turn, task);
    }
  }

  #insert(turn: Turn, task: StoredTask): boolean {
    const { id, definition, name, tt, priority, delayMs, origin, payload } = task;
    const isDelayed = delayMs > 0;
    const what = [toSql(id), toSql(definition), toSql(name), TASK_TYPES.indexOf(tt), FROM_THE_TOP.indexOf(priority)];
    const state = isDelayed ? DELAYED : QUEUED;
    const time = isDelayed ? turn.now + Math.ceil(delayMs) : turn.now;
    const how = [delayMs, toSql(origin), state, turn.next(), time, turn.now];
    if (Number(this.#connection.sql(INSERT).run(...what, ...how).changes) === 0) return false;
    const insert = 'INSERT INTO payloads (seq, payload) VALUES (last_insert_rowid(), ?)';
    this.#connection.sql(insert).run(toSql(payload));
    turn.work ||= !isDelayed;
    return true;
  }

  /** The id is known: the program that adds it again is told of the end as well. */
  #addAgain(turn: Turn, task: StoredTask): void {
    const known = this.#connection.sql('SELECT * FROM tasks WHERE id = ?').get(toSql(task.id)) as TaskRow;
    const me = toSql(this.#me);
    if (known.state === ENDED && known.time <= turn.now) {
      deleteTask(this.#connection, known);
      this.#insert(turn, task);
      return;
    }
    const hasEnded = known.state === ENDED;
    if (!hasEnded && fromSql(known.origin) === this.#me) return; // it will be told as it is
    if (hasEnded) turn.concerns(me);
    const join =
      'INSERT INTO joined (seq, origin, place) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET place = excluded.place';
    this.#connection.sql(join).run(known.seq, me, hasEnded ? turn.next() : null);
    this.#connection.sql('UPDATE tasks SET is_joined = 1 WHERE seq = ? AND is_joined = 0').run(known.seq);
  }

  settle(turn: Turn, ends: readonly End[]): string[] {
    const dropped: string[] = [];
    for (const { id, token, end, payload, startedAt, progress: last } of ends) {
      const row = this.#claimed({ id, token });
      const progress = last === null ? null : toSql(last);
      const how = { end, payload: toSql(payload), startedAt, progress, lostNodes: null };
      if (row === null) dropped.push(id);
      else endTask(this.#connection, turn, row, how, this.#keepMs);
    }
    return dropped;
  }

  /** The task of which this is the last claim, unless it has ended. */
  #claimed({ id, token }: Pick<Claim, 'id' | 'token'>): TaskRow | null {
    const row = this.#connection.sql('SELECT * FROM tasks WHERE id = ?').get(toSql(id)) as TaskRow | undefined;
    return row !== undefined && row.token !== null && `${row.token}` === token ? row : null;
  }

  release(turn: Turn, claims: readonly Pick<Claim, 'id' | 'token'>[]): void {
    for (const claim of claims) {
      const row = this.#claimed(claim);
      if (row === null) continue;
      this.#connection.sql('UPDATE tasks SET attempt = attempt - 1 WHERE seq = ?').run(row.seq);
      giveBack(this.#connection, turn, row, this.#keepMs);
    }
  }

  /** Hands back what a program holds that ends. The run counts, because it may have begun. */
  handBack(turn: Turn, claims: readonly Pick<Claim, 'id' | 'token'>[]): void {
    for (const claim of claims) {
      const row = this.#claimed(claim);
      if (row !== null) giveBack(this.#connection, turn, row, this.#keepMs);
    }
  }

  cancel(turn: Turn, id: string, payload: string): 'removed' | 'asked' | 'ended' | 'unknown' {
    const row = taskOf(this.#connection, turn, toSql(id));
    if (row === null) return 'unknown';
    if (row.state === ENDED) return 'ended';
    turn.concerns(row.holder);
    if (row.state === RUNNING) {
      this.#connection.sql('UPDATE tasks SET cancel = ? WHERE seq = ?').run(toSql(payload), row.seq);
      return 'asked';
    }
    const how = { end: 'canceled', payload: toSql(payload), startedAt: null, progress: null, lostNodes: null } as const;
    endTask(this.#connection, turn, row, how, this.#keepMs);
    return 'removed';
  }

  setPriority(turn: Turn, id: string, priority: Priority): boolean {
    const row = taskOf(this.#connection, turn, toSql(id));
    if (row === null || row.state === RUNNING || row.state === ENDED) return false;
    const update = 'UPDATE tasks SET priority = ?, place = ?, queued_at = ? WHERE seq = ?';
    this.#connection.sql(update).run(FROM_THE_TOP.indexOf(priority), turn.next(), turn.now, row.seq);
    turn.work = true;
    return true;
  }

  find(turn: Turn, ids: readonly string[]): FoundTask[] {
    const find = 'SELECT t.*, p.payload FROM tasks t JOIN payloads p USING (seq) WHERE t.id = ?';
    return ids.flatMap((id) => {
      const row = this.#connection.sql(find).get(toSql(id)) as TaskRow | undefined;
      return row === undefined || (row.state === ENDED && row.time <= turn.now) ? [] : [foundTask(row)];
    });
  }
}
