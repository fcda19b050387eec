import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Locker, type Task } from 'atasker';
import { failsWith, failure } from './ends.ts';
import { whenStarted } from './events.ts';
import type { ContractPool } from './pool.ts';
import { rows, type RowBody } from './row.ts';
import {
  failLocked,
  holdUntilAborted,
  increment,
  incrementInPlace,
  incrementLocked,
  strikeLocked,
  tryLocked,
} from './tasks-shared.ts';

const AT_ONCE = 4;

const TIMES = 20;

/** Asks for the lock as soon as a task says that it holds it. @returns what somebody gets who asks for it, when it is free */
async function waitBehind(supervisor: ContractPool['supervisor'], holder: Task): Promise<{ free: Promise<string> }> {
  await new Promise((resolve) => void holder.onProgress(resolve));
  return { free: new Locker({ name: 'contract', supervisor, timeout: '1m' }).run(() => 'free') };
}

/** Tasks and the caller add to a number in a file, all at the same time. */
function excludes(task: typeof incrementLocked | typeof incrementInPlace): RowBody['run'] {
  return async ({ on, supervisor }) => {
    const folder = mkdtempSync(join(tmpdir(), 'atasker-contract-'));
    const file = join(folder, 'number');
    writeFileSync(file, '0');
    const lock = new Locker({ name: 'contract', supervisor, timeout: '1m' });
    const held = await lock.acquire();
    const started = whenStarted(supervisor, AT_ONCE);
    const tasks = Array.from({ length: TIMES }, () => task.with(on)('contract', file));
    const here = Array.from({ length: TIMES }, () => lock.run(() => increment(file)));
    await started;
    held.release();
    await Promise.all([...tasks, ...here]);
    assert.equal(readFileSync(file, 'utf8'), String(2 * TIMES));
    rmSync(folder, { recursive: true });
  };
}

/** How a thread or process dies while one of its tasks holds a lock. */
const deaths = [
  ['ends', 'exit'],
  ['processes', 'SIGKILL'],
] as const;

export const lockRows = rows('locks', [
  {
    name: 'only one of the tasks and their caller holds a lock at a time',
    needs: ['near'],
    pool: { poolSize: AT_ONCE },
    run: excludes(incrementLocked),
  },
  {
    name: 'synchronous code waits for a lock with runSync',
    needs: ['copies', 'alone', 'near'],
    pool: { poolSize: AT_ONCE },
    run: excludes(incrementInPlace),
  },
  {
    name: 'a lock that is not free in time is not given',
    needs: ['near'],
    run: async ({ on, supervisor }) => {
      const held = await new Locker({ name: 'contract', supervisor }).acquire();
      assert.equal(await tryLocked.with(on)('contract', 1), 'ERR_LOCK_TIMEOUT');
      held.release();
      assert.equal(await tryLocked.with(on)('contract', 60_000), 'held');
    },
  },
  {
    name: 'a lock is free again when its holder fails, or is cancelled',
    run: async ({ on, supervisor }) => {
      const failing = failLocked.with(on)('contract');
      const [behindFailing] = await Promise.all([waitBehind(supervisor, failing), failure(failing)]);
      assert.equal(await behindFailing.free, 'free');
      const canceled = holdUntilAborted.with(on)('contract');
      const behindCanceled = await waitBehind(supervisor, canceled);
      canceled.cancel();
      await failsWith(canceled, 'ERR_TASK_CANCELED');
      assert.equal(await behindCanceled.free, 'free');
    },
  },
  ...deaths.map(([trait, strike]): RowBody => ({
    name: `a lock is free again when the thread or process of its holder has died (${strike})`,
    needs: [trait],
    run: async ({ on, supervisor }) => {
      const holder = strikeLocked.with(on)('contract', strike);
      const [behind] = await Promise.all([waitBehind(supervisor, holder), failsWith(holder, 'ERR_TASK_LOST')]);
      assert.equal(await behind.free, 'free');
    },
  })),
  {
    name: 'a lock is free again when its holder, which does not stop, is ended',
    needs: ['ends'],
    cancelGrace: 0,
    run: async ({ on, supervisor }) => {
      const holder = strikeLocked.with(on)('contract', 'loop');
      const behind = await waitBehind(supervisor, holder);
      holder.cancel();
      await failsWith(holder, 'ERR_TASK_CANCELED');
      assert.equal(await behind.free, 'free');
    },
  },
]);
