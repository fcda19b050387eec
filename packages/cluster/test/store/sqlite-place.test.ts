import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { machineMs, offsetAtOpen } from '../../src/store/sqlite/clock.ts';
import { Connection } from '../../src/store/sqlite/connection.ts';
import type { StoredTask } from '@atasker/cluster';
import { inFile, makeFolder } from '../support/sqlite.ts';
import { ProgramStore } from '../support/store-programs.ts';
import { endOf, LIMITS, plainTask, SILENT } from '../support/stores.ts';

const DAY_MS = 86_400_000;
const limits = { news: SILENT, ...LIMITS };
const all = { low: 9, normal: 9, high: 9, critical: 9 };

const task = (id: string, delayMs: number): StoredTask => plainTask(id, { delayMs });

/** What time it is in the file. */
const timeIn = (path: string): number =>
  inFile(path, (db) => (db.prepare('SELECT clock_offset AS at FROM store').get() as { at: number }).at) + machineMs();

test('a wall clock that is a day ahead, or back, changes no lease and no delay', async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const [a, ahead, back] = [0, DAY_MS, -DAY_MS].map((aheadMs) => new ProgramStore(`sqlite:${path}`, { aheadMs })) as [
    ProgramStore,
    ProgramStore,
    ProgramStore,
  ];
  try {
    await a.open({ me: 'a', ...limits });
    await a.add([task('claimed', 0), task('delayed', DAY_MS / 2)]);
    const { claims } = await a.claim({ async: all }, ['f'], 9);
    assert.equal(claims.length, 1);
    for (const [n, other] of [ahead, back].entries()) {
      await other.open({ me: `p${n}`, ...limits });
      const { claims: none, nextMs } = await other.claim({ async: all }, ['f'], 9);
      assert.deepEqual(none, []);
      assert.ok(nextMs! > 20_000 && nextMs! <= 60_000, `the lease of a: ${nextMs}`);
    }
    assert.deepEqual(await a.settle(claims.map((claim) => endOf(claim))), []);
    assert.ok(Math.abs(timeIn(path) - Date.now()) < 60_000, 'the first program has set the clock');
  } finally {
    await Promise.all([a, ahead, back].map((store) => store.kill()));
    remove();
  }
});

test('a program that is alone sets the clock of the file by its wall clock', async () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const ahead = new ProgramStore(`sqlite:${path}`, { aheadMs: DAY_MS });
  try {
    await ahead.open({ me: 'a', ...limits });
    assert.ok(Math.abs(timeIn(path) - Date.now() - DAY_MS) < 60_000);
  } finally {
    await ahead.kill();
    remove();
  }
});

test('the clock of a file goes on while a program lives, starts from the wall clock else, and never goes back', () => {
  const offset = Date.now() - machineMs() + 5000; // five seconds ahead of the wall clock
  const seen = machineMs() + offset - 1000;
  const kept = { clock_offset: offset, seen };
  assert.equal(
    offsetAtOpen(kept, () => true),
    offset,
  );
  const timeWith = (setOffset: number): number => machineMs() + setOffset;
  const alone = timeWith(offsetAtOpen(kept, () => false));
  assert.ok(alone >= seen && alone < seen + 500, 'not before what was seen');
  const restarted = { clock_offset: offset, seen: machineMs() + offset + 1e6 }; // the monotonic clock has started anew
  const after = timeWith(offsetAtOpen(restarted, () => true));
  assert.ok(after >= restarted.seen && after < restarted.seen + 500);
  const fresh = timeWith(offsetAtOpen({ clock_offset: 0, seen: 0 }, () => false));
  assert.ok(Math.abs(fresh - Date.now()) < 500);
});

test('a file on a network file system is refused, and not made', { skip: process.platform !== 'linux' }, () => {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const { statfsSync } = fs;
  try {
    for (const [type, name] of [
      [0x6969, 'NFS'],
      [0xff534d42, 'SMB'],
      [-11317950, 'SMB'], // the same, as some versions give it
      [0x01021997, '9P'],
    ] as const) {
      Object.assign(fs, { statfsSync: () => ({ type }) });
      syncBuiltinESMExports();
      assert.throws(() => new Connection(path), { message: new RegExp(`is on a network file system \\(${name}\\)`) });
      assert.ok(!fs.existsSync(path));
    }
  } finally {
    Object.assign(fs, { statfsSync });
    syncBuiltinESMExports();
    remove();
  }
});
