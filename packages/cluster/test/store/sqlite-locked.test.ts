import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteStore } from '@atasker/cluster';
import { makeFolder, openFile } from '../support/sqlite.ts';
import { LIMITS, plainTask, SILENT } from '../support/stores.ts';

/** It takes as long as a store waits: ten seconds, and is run with npm run test:cluster. */
test('a file that another program keeps locked refuses calls in words, and is used again when the lock is gone', async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const store = new SqliteStore(path);
  let isBack = (): void => {};
  const back = new Promise<void>((resolve) => (isBack = resolve));
  await store.open({ me: 'a', news: { ...SILENT, back: () => isBack() }, ...LIMITS });
  try {
    const db = openFile(path);
    db.exec('BEGIN IMMEDIATE');
    await assert.rejects(store.add([plainTask('1')]), {
      code: 'ERR_STORE_UNAVAILABLE',
      message: `other programs have kept ${path} locked for 10 seconds`,
    });
    db.exec('COMMIT');
    db.close();
    const alive = setInterval(() => {}, 1000); // a store keeps no program alive
    await back;
    clearInterval(alive);
    await store.add([plainTask('2')]);
    assert.deepEqual(
      (await store.find(['1', '2'])).map(({ id }) => id),
      ['2'],
    );
  } finally {
    await store.close();
    remove();
  }
});
