import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Locker } from 'atasker';
import '../support/leaks.ts';
import { turn, whenStarted } from '../support/events.ts';
import { within } from '../support/within.ts';
import { waitForever, whoHolds } from '../tasks/locks.ts';

describe('a request for a lock', () => {
  test('ends when its signal aborts, and leaves its place to the next one', async () => {
    const lock = new Locker({ name: 'signal', reentrant: false });
    const held = await lock.acquire();
    const controller = new AbortController();
    const { signal } = controller;
    const first = lock.acquire({ signal, timeout: Infinity });
    const running = lock.run(() => 'never', { signal });
    const next = lock.run(() => 'next', { timeout: Infinity });
    controller.abort('enough');
    for (const waiting of [first, running]) {
      await assert.rejects(waiting, { name: 'AbortError', code: 'ERR_TASK_CANCELED', cause: 'enough', lock: 'signal' });
    }
    held.release();
    assert.equal(await next, 'next');
    await assert.rejects(lock.acquire({ signal }), { code: 'ERR_TASK_CANCELED' });
    assert.equal(await lock.run(() => 'free'), 'free');
  });

  test('that has been granted keeps the lock although its signal aborts', async () => {
    const lock = new Locker({ name: 'granted', reentrant: false });
    const controller = new AbortController();
    const held = await lock.acquire({ signal: controller.signal });
    controller.abort();
    await turn();
    await assert.rejects(lock.acquire({ timeout: 0 }), { code: 'ERR_LOCK_TIMEOUT' });
    held.release();
  });

  test('has a time limit of its own, and its error says who holds the lock', async () => {
    const lock = new Locker({ name: 'limit', timeout: Infinity, reentrant: false });
    const held = await lock.acquire();
    await assert.rejects(lock.acquire({ timeout: 1 }), {
      code: 'ERR_LOCK_TIMEOUT',
      lock: 'limit',
      heldBy: 'code outside of tasks',
      message: /within 1 ms: code outside of tasks held it/,
    });
    await assert.rejects(lock.acquire({ timeout: -1 }), { code: 'ERR_INVALID_OPTION' });
    await assert.rejects(lock.acquire({ signal: 1 as never }), { code: 'ERR_INVALID_OPTION' });
    await assert.rejects(
      lock.run(() => 1, { timeOut: 1 } as never),
      { message: /did you mean timeout/ },
    );
    held.release();
  });

  for (const tt of ['thread', 'process', 'async'] as const) {
    test(`may wait without a limit, ends with its task, and learns who holds the lock (${tt})`, () =>
      within({ cancelGrace: '1m' }, async (supervisor) => {
        const lock = new Locker({ name: `of ${tt}`, supervisor });
        const held = await lock.acquire();
        const started = whenStarted(supervisor, 1);
        const waiting = waitForever.with({ tt, supervisor })(lock.name);
        await started;
        assert.equal(await whoHolds.with({ tt, supervisor })(lock.name), 'ERR_LOCK_TIMEOUT: code outside of tasks');
        waiting.cancel('no longer wanted');
        await assert.rejects(waiting, { code: 'ERR_TASK_CANCELED' });
        held.release();
        assert.equal(await lock.run(() => 'free', { timeout: '1m' }), 'free');
      }));
  }
});
