import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { openDatabase } from '../../src/store/sqlite/driver.ts';
import { Engine } from '../../src/store/sqlite/thread/engine.ts';
import type { Call } from '../../src/store/sqlite/thread/protocol.ts';
import { advanceFile, inFile, makeFolder } from '../support/sqlite.ts';
import { endOf, plainTask } from '../support/stores.ts';

const KEEP_MS = 100_000;

describe('the size of an SQLite file', () => {
  let folder: ReturnType<typeof makeFolder>;
  let path: string;
  let connection: Connection;
  let engine: Engine;
  let n = 0;

  beforeEach(() => {
    folder = makeFolder();
    path = join(folder.folder, 'tasks.db');
    connection = new Connection(path);
    engine = new Engine(connection, { path, me: 'a', leaseMs: 10_000, maxLost: 3, keepResultsMs: KEEP_MS }, null);
    engine.join();
  });
  afterEach(() => {
    connection.close();
    folder.remove();
  });

  function run(...calls: readonly Omit<Call, 'n'>[]): readonly unknown[] {
    return engine.do(calls.map((call) => Object.assign({ n: n++ }, call) as Call)).results;
  }

  /** Adds tasks, and ends them. */
  function work(many: number, payload: string): void {
    const tasks = Array.from({ length: many }, () => plainTask(`${n++}`, { payload }));
    run(
      { method: 'add', args: [tasks] },
      { method: 'add', args: [tasks.slice(0, 3).map((task) => Object.assign({}, task, { origin: 'b' }))] },
    );
    const room = { async: { low: many, normal: many, high: many, critical: many } };
    const [{ claims }] = run({ method: 'claim', args: [room, ['f'], many] }) as [
      { claims: { id: string; token: string }[] },
    ];
    const ends = claims.map((claim) => endOf(claim, { payload }));
    run({ method: 'settle', args: [ends] });
  }

  const rowsIn = (table: string): number =>
    inFile(path, (db) => (db.prepare(`SELECT count(*) AS many FROM ${table}`).get() as { many: number }).many);

  test('ended tasks are deleted when their time is over, with all that belongs to them, in steps', () => {
    work(1200, 'x');
    assert.equal(engine.tidy(), false);
    assert.deepEqual(['tasks', 'payloads'].map(rowsIn), [1200, 1200]);
    advanceFile(path, KEEP_MS + 1);
    assert.equal(engine.tidy(), true, 'there may be more');
    const left = rowsIn('tasks');
    assert.ok(left > 0 && left < 1200, `one step leaves ${left}`);
    while (engine.tidy());
    assert.deepEqual(['tasks', 'payloads', 'joined'].map(rowsIn), [0, 0, 0]);
  });

  test('the space of deleted tasks is used again, and the log stays small', () => {
    const sizes: number[] = [];
    for (let round = 0; round < 6; round++) {
      for (let part = 0; part < 10; part++) work(50, 'x'.repeat(10_000));
      advanceFile(path, KEEP_MS + 1);
      while (engine.tidy());
      sizes.push(statSync(path).size);
    }
    assert.ok(sizes.at(-1)! <= sizes[1]! * 1.5, `the file: ${sizes.join(', ')}`);
    assert.ok(statSync(`${path}-wal`).size < 48e6, `the log: ${statSync(`${path}-wal`).size}`);
  });
});

test('a Node.js that cannot open SQLite files says what to do', () => {
  const { getBuiltinModule } = process as { getBuiltinModule?: unknown };
  const LOAD = '_load'; // what every require calls
  const loader = Module as unknown as { [LOAD]: (name: string, ...rest: unknown[]) => unknown };
  const load = loader[LOAD];
  Object.assign(process, { getBuiltinModule: () => undefined });
  loader[LOAD] = (name, ...rest) => {
    if (name === 'libsql') throw new Error("Cannot find module 'libsql'");
    return load(name, ...rest);
  };
  try {
    assert.throws(() => openDatabase('any'), { message: /needs Node\.js 22\.13 or later.*npm install libsql/ });
  } finally {
    Object.assign(process, { getBuiltinModule });
    loader[LOAD] = load;
  }
});
