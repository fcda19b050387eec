import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { Engine } from '../../src/store/sqlite/thread/engine.ts';
import type { Call } from '../../src/store/sqlite/thread/protocol.ts';
import { inFile, makeFolder } from '../support/sqlite.ts';
import { plainTask } from '../support/stores.ts';

const LEASE_MS = 10_000;

test('claims do not run out while nobody could write; those of a program that has died do so a little later', () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const programs = ['lives', 'dies', 'other'].map((me) => {
    const connection = new Connection(path);
    const engine = new Engine(connection, { path, me, leaseMs: LEASE_MS, maxLost: 3, keepResultsMs: 1000 }, null);
    engine.join();
    return { connection, engine };
  });
  const [lives, dies, other] = programs.map(({ engine }) => engine) as [Engine, Engine, Engine];
  /** Time that passes for programs which cannot write. */
  const pass = (ms: number): void =>
    inFile(path, (db) => void db.prepare('UPDATE store SET clock_offset = clock_offset + ?').run(ms));
  try {
    lives.do([{ n: 0, method: 'add', args: [['1', '2'].map((id) => plainTask(id))] }]);
    assert.deepEqual([claim(lives), claim(dies), claim(other)], [['1'], ['2'], []]);
    pass(6 * LEASE_MS);
    assert.deepEqual(claim(other), [], 'it is the first that can write again');
    lives.do([]);
    pass(LEASE_MS / 3);
    lives.do([]);
    pass(LEASE_MS / 3);
    assert.deepEqual(claim(other), ['2']);
  } finally {
    for (const { connection } of programs) connection.close();
    remove();
  }
});

function claim(engine: Engine): string[] {
  const room = { async: { low: 1, normal: 1, high: 1, critical: 1 } };
  const call: Call = { n: 0, method: 'claim', args: [room, ['f'], 1] };
  const [{ claims }] = engine.do([call]).results as [{ claims: { id: string }[] }];
  return claims.map(({ id }) => id);
}
