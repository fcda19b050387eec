import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteStore, type TaskNews } from '@atasker/cluster';
import { inFile, makeFolder } from '../support/sqlite.ts';
import { LIMITS, plainTask, SILENT } from '../support/stores.ts';

test('what is no news, and comes through the socket beside the file, is left out', async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const store = new SqliteStore(path);
  const told: TaskNews[] = [];
  let arrived = (): void => {};
  const last = new Promise<void>((resolve) => (arrived = resolve));
  const news = {
    ...SILENT,
    told(one: TaskNews) {
      told.push(one);
      if (one.type === 'lateError') arrived();
    },
  };
  await store.open({ me: 'a', news, ...LIMITS });
  const { address } = inFile(path, (db) => db.prepare('SELECT address FROM programs').get()) as { address: string };
  const socket = connect(address);
  await once(socket, 'connect');
  const lines = ['nonsense', '', 'null', '5', '[1]', '{}', '{"type":"told"}', '{"type":"told","news":5}'];
  const items = ['null', '5', '"text"', '[]', '{}'].map((item) => `{"type":"told","news":[${item}]}`);
  const known = { type: 'progressed', id: '1', payload: '2' } as const;
  const end = { type: 'lateError', payload: '' } as const;
  const frame = JSON.stringify({ type: 'told', news: [null, known, end] });
  socket.write([...lines, 'x'.repeat(3_000_000), ...items, frame, ''].join('\n'));
  const alive = setInterval(() => {}, 1000); // a store keeps no program alive
  await last;
  clearInterval(alive);
  assert.deepEqual(told, [known, end]);
  await store.add([plainTask('1')]);
  assert.equal((await store.find(['1'])).length, 1);
  socket.destroy();
  await store.close();
  remove();
});
