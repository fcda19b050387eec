import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SqliteStore } from '@atasker/cluster';
import { makeFolder } from '../support/sqlite.ts';
import { LIMITS, plainTask, SILENT } from '../support/stores.ts';

const PROGRAM = fileURLToPath(new URL('../support/exit-program.js', import.meta.url));

test('a store whose thread is ended in the midst of its work does not take the program with it', async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const room = { async: { low: 9, normal: 9, high: 9, critical: 9 } };
  for (let round = 0; round < 40; round += 1) {
    const store = new SqliteStore(path);
    await store.open({ me: `p${round}`, news: SILENT, ...LIMITS });
    const calls = [store.add([plainTask(`${round}`)]), store.claim(room, ['f'], 9), store.find(['1']), store.counts()];
    const ends = Promise.allSettled(calls);
    for (let turn = 0; turn < round * 5; turn += 1) await new Promise(setImmediate); // until it is at work
    await store.kill();
    await ends;
  }
  remove();
});

test('a program exits with its own code, whatever its store does at that moment', { timeout: 90_000 }, async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  for (let ms = 0; ms < 90; ms += 3) {
    const child = spawn(process.execPath, [PROGRAM, path, `${ms}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.deepEqual([code, stderr], [3, ''], `after ${ms} ms`);
  }
  remove();
});
