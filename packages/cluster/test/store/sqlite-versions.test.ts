import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SqliteStore } from '@atasker/cluster';
import { inFile, makeFolder } from '../support/sqlite.ts';
import { endOf, LIMITS, plainTask, SILENT } from '../support/stores.ts';

/** A file as version 1 has written it: 40 tasks, of which some are delayed or claimed, or have ended. */
const VERSION_1 = fileURLToPath(new URL('../../../test/fixtures/store-version-1.db', import.meta.url));

test('a file of version 1 is brought to the version of today, and its tasks go on', async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  copyFileSync(VERSION_1, path);
  try {
    const [a, b] = [new SqliteStore(path), new SqliteStore(path)];
    await Promise.all([a, b].map((store, n) => store.open({ me: `p${n}`, news: SILENT, ...LIMITS })));
    inFile(path, (db) => assert.deepEqual(Object.values(db.prepare('PRAGMA user_version').get() as object)[0], 3));
    const ids = Array.from({ length: 40 }, (_, n) => `task ${n}`);
    const found = await a.find(ids);
    assert.equal(found.length, 40);
    const count = (state: string): number => found.filter((task) => task.state === state).length;
    assert.deepEqual([count('completed'), count('canceled')], [10, 2]);
    await b.add([plainTask('task 39')]);
    const all = { low: 99, normal: 99, high: 99, critical: 99 };
    const { claims } = await b.claim({ thread: all, process: all, async: all }, ['f', 'g'], 99);
    assert.equal(claims.length, 28, 'delays and leases of that time are over');
    const ends = claims.map((claim) => endOf(claim, { payload: claim.id }));
    assert.deepEqual(await b.settle(ends), []);
    await Promise.all([a.close(), b.close()]);
  } finally {
    remove();
  }
});
