import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteStore, type StoreNews } from '@atasker/cluster';
import { makeFolder, openFile } from '../support/sqlite.ts';

const silent: StoreNews = { work() {}, ended() {}, told() {}, cancel() {}, lost() {}, away() {}, back() {} };

/** It takes as long as a store waits: ten seconds, and is run with npm run test:cluster. */
test('a file that another program keeps locked refuses calls in words, and is used again when the lock is gone', async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const store = new SqliteStore(path);
  let isBack = (): void => {};
  const back = new Promise<void>((resolve) => (isBack = resolve));
  await store.open({
    me: 'a',
    news: { ...silent, back: () => isBack() },
    leaseMs: 60_000,
    maxLost: 3,
    keepResultsMs: 1000,
  });
  const plain = {
    definition: 'f',
    name: 'f',
    tt: 'async',
    priority: 'low',
    delayMs: 0,
    payload: '',
    origin: 'a',
  } as const;
  try {
    const db = openFile(path);
    db.exec('BEGIN IMMEDIATE');
    await assert.rejects(store.add([{ ...plain, id: '1' }]), {
      code: 'ERR_STORE_UNAVAILABLE',
      message: `other programs have kept ${path} locked for 10 seconds`,
    });
    db.exec('COMMIT');
    db.close();
    const alive = setInterval(() => {}, 1000); // a store keeps no program alive
    await back;
    clearInterval(alive);
    await store.add([{ ...plain, id: '2' }]);
    assert.deepEqual(
      (await store.find(['1', '2'])).map(({ id }) => id),
      ['2'],
    );
  } finally {
    await store.close();
    remove();
  }
});
