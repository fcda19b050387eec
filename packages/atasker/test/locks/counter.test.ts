import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Locker } from 'atasker';
import '../support/leaks.ts';
import { whenStarted } from '../support/events.ts';
import { newGate } from '../support/gate.ts';
import { within } from '../support/within.ts';
import { count, countAndBlock, countAndDie } from '../tasks/locks.ts';

test('8 threads and 4 processes increment a counter in a file 10,000 times, and none is lost, while holders are killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-locks-'));
  const file = join(folder, 'counter');
  writeFileSync(file, '000000');
  const pool = { poolSize: 12, reserveNormal: 0, reserveHigh: 0 };
  await within({ threadPool: pool, processPool: pool, cancelGrace: 0 }, async (supervisor) => {
    const held = await new Locker({ name: 'counter', supervisor }).acquire(); // so that all begin together
    const gate = newGate();
    const started = whenStarted(supervisor, 20);
    const counters = Array.from({ length: 12 }, (_, n) =>
      count.with({ supervisor, tt: n < 8 ? 'thread' : 'process' })(file, 750),
    );
    const dying = [
      ...[50, 100, 150].map((times) => countAndDie.with({ supervisor })(file, times)),
      ...[75, 125].map((times) => countAndDie.with({ supervisor, tt: 'process' })(file, times)),
      ...[100, 200].map((times) => countAndDie.with({ supervisor, tt: 'process' })(file, times, 'SIGKILL')),
    ];
    const blocking = countAndBlock.with({ supervisor })(file, 200, gate);
    await started;
    held.release();
    const { async, value } = Atomics.waitAsync(gate.words, 0, 0);
    if (async) await value;
    blocking.cancel('it holds the lock for ever');
    await assert.rejects(blocking, { code: 'ERR_TASK_CANCELED' });
    for (const task of dying) await assert.rejects(task, { code: 'ERR_TASK_LOST' });
    await Promise.all(counters);
  });
  assert.equal(readFileSync(file, 'utf8'), '010000');
  rmSync(folder, { recursive: true });
});
