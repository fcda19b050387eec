import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { Engine } from '../../src/store/sqlite/thread/engine.ts';
import type { Call } from '../../src/store/sqlite/thread/protocol.ts';
import type { StoredTask } from '@atasker/cluster';
import { inFile, makeFolder } from '../support/sqlite.ts';
import { endOf, plainTask } from '../support/stores.ts';

/** What looks at all queued tasks, by an index and nothing else: only `counts` does it. */
const COUNTS = /count\(\*\)/;

test('no statement looks at all tasks, however many wait: each finds its rows by an index', () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const texts = new Set<string>();
  try {
    const connection = new Connection(path);
    const sql = connection.sql.bind(connection);
    connection.sql = (text) => {
      texts.add(text);
      return sql(text);
    };
    doEverything(
      new Engine(connection, { path, me: 'a', leaseMs: 10_000, maxLost: 3, keepResultsMs: 1000 }, 'address'),
    );
    connection.close();
    const plans = inFile(path, (db) =>
      [...texts]
        .filter((text) => /^(SELECT|UPDATE|DELETE|INSERT|WITH)/.test(text))
        .map((text) => {
          const rows = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
          return { text, plan: rows.map((row) => (row as { detail: string }).detail) };
        }),
    );
    assert.ok(plans.length > 25, `${plans.length} statements`);
    for (const { text, plan } of plans) {
      const scans = plan.filter((step) => /^SCAN (tasks|t|payloads|p|joined|j)\b/.test(step) && !COUNTS.test(text));
      assert.deepEqual(scans, [], text);
    }
  } finally {
    remove();
  }
});

function doEverything(engine: Engine): void {
  engine.join();
  let n = 0;
  const run = (...calls: readonly Omit<Call, 'n'>[]): unknown[] => [
    ...engine.do(calls.map((call) => Object.assign({ n: n++ }, call) as Call)).results,
  ];
  const task = (id: string): StoredTask => plainTask(id, { tt: 'thread' });
  const room = { thread: { low: 9, normal: 9, high: 9, critical: 9 } };
  run({ method: 'add', args: [['1', '2', '3'].map(task)] }, { method: 'add', args: [[{ ...task('4'), delayMs: 1 }]] });
  run({ method: 'add', args: [[{ ...task('1'), origin: 'b' }]] });
  const [{ claims }] = run({ method: 'claim', args: [room, ['f'], 2] }) as [
    { claims: { id: string; token: string }[] },
  ];
  const [one, two] = claims as [(typeof claims)[0], (typeof claims)[0]];
  run(
    { method: 'cancel', args: ['3', ''] },
    { method: 'setPriority', args: ['4', 'high'] },
    { method: 'cancel', args: ['2', ''] },
  );
  run({ method: 'settle', args: [[endOf(one)]] }, { method: 'release', args: [[two]] });
  run({ method: 'find', args: [['1']] }, { method: 'counts', args: [] });
  engine.program.takeEnds(10);
  engine.program.takeCancels();
  engine.program.takeLost();
  engine.tidy();
  engine.leave();
}
