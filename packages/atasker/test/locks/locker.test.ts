import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, isTaskError, Locker, taskSupervisor } from 'atasker';
import { inlineTasks } from 'atasker/testing';
import '../support/leaks.ts';
import { turn, whenStarted } from '../support/events.ts';
import { newGate, open, type Gate } from '../support/gate.ts';
import { runNode } from '../support/program.ts';
import { one, within } from '../support/within.ts';
import { failLock, holdLock, holdLockAt, leaveRunSync, nestLocks, tryLock, whatIsLeft } from '../tasks/locks.ts';

/** Resolves when so many have arrived at the gate. */
async function whenArrived({ words }: Gate, wanted: number): Promise<void> {
  for (let here = Atomics.load(words, 0); here < wanted; here = Atomics.load(words, 0)) {
    const { async, value } = Atomics.waitAsync(words, 0, here);
    if (async) await value;
  }
}

describe('a lock', () => {
  test('has one holder at a time, is granted in the order of the requests, and is released whatever the function does', async () => {
    const lock = new Locker({ name: 'order' });
    const events: string[] = [];
    const enter = async (name: string): Promise<string> => {
      events.push(`${name} in`);
      await turn();
      events.push(`${name} out`);
      if (name === 'b') throw new Error('of b');
      return name;
    };
    const ends = await Promise.allSettled(['a', 'b', 'c'].map((name) => lock.run(() => enter(name))));
    assert.deepEqual(events, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    assert.deepEqual(
      ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).message)),
      ['a', 'of b', 'c'],
    );
  });

  test('with the same name is the same lock, and with another name or supervisor it is another lock', async () => {
    await within({}, async (supervisor) => {
      await using held = await new Locker({ name: 'one' }).acquire();
      const others = [{ name: 'two' }, { name: 'one', supervisor }];
      for (const options of others)
        assert.equal(
          new Locker(options).runSync(() => 'free'),
          'free',
        );
      assert.throws(() => new Locker({ name: 'one' }).runSync(() => 'free'), {
        code: 'ERR_LOCK_TIMEOUT',
        message: /must not wait for it: use run\(\)/,
      });
      held.release();
      held.release();
      assert.equal(
        new Locker({ name: 'one' }).runSync(() => 'free'),
        'free',
      );
    });
  });

  test('that is not granted in time: critical is called, the request fails with a TimeoutError, and nothing is left of it', async () => {
    const calls: string[] = [];
    const lock = new Locker({ name: 'late', timeout: 10, critical: () => calls.push('critical') });
    const held = await lock.acquire();
    const error = await lock.run(() => calls.push('run')).catch((thrown: unknown) => thrown);
    assert.ok(isTaskError(error, 'ERR_LOCK_TIMEOUT'));
    assert.deepEqual([error.name, error['lock' as never]], ['TimeoutError', 'late']);
    assert.equal(error.message, 'the lock late was not acquired within 10 ms: code outside of tasks held it');
    held.release();
    assert.deepEqual(calls, ['critical']);
    assert.equal(await lock.run(() => 'free'), 'free');
  });

  test('wrap gives a function that holds the lock while it runs', async () => {
    const lock = new Locker({ name: 'wrapped' });
    const add = lock.wrap(async (a: number, b: number) => {
      assert.throws(() => new Locker({ name: 'wrapped', reentrant: false }).runSync(() => {}), {
        name: 'TimeoutError',
      });
      return a + b;
    });
    assert.equal(await add(1, 2), 3);
  });

  test('code that run calls may take the lock again; it is free when the last holder has ended', async () => {
    const lock = new Locker({ name: 'again' });
    const others = new Locker({ name: 'again', reentrant: false });
    const inner: Promise<string>[] = [];
    await lock.run(async () => {
      await turn();
      (await lock.acquire()).release();
      assert.throws(() => others.runSync(() => {}), { code: 'ERR_LOCK_TIMEOUT' }, 'the outer code still holds it');
      inner.push(
        lock.run(async () => {
          await turn();
          await turn();
          return lock.runSync(() => 'inner');
        }),
      );
    });
    assert.throws(() => lock.runSync(() => {}), { code: 'ERR_LOCK_TIMEOUT' });
    assert.deepEqual(await Promise.all(inner), ['inner']);
    assert.equal(
      lock.runSync(() => 'free'),
      'free',
    );
  });

  test('code that was started inside of run and continues after its end has to request the lock again', async () => {
    const lock = new Locker({ name: 'after', timeout: '1m' });
    const events: string[] = [];
    const late: Promise<unknown>[] = [];
    let release = (): void => {};
    const waits = new Promise<void>((resolve) => (release = resolve));
    await lock.run(() => {
      late.push(waits.then(() => lock.run(() => events.push('late'))));
    });
    const held = await lock.acquire();
    release();
    await turn();
    events.push('other');
    held.release();
    await Promise.all(late);
    assert.deepEqual(events, ['other', 'late']);
  });

  test('with reentrant: false its holder cannot take it again', async () => {
    const lock = new Locker({ name: 'once', reentrant: false, timeout: 1 });
    await assert.rejects(
      lock.run(() => lock.run(() => {})),
      { code: 'ERR_LOCK_TIMEOUT' },
    );
  });

  test('runSync refuses a function that goes on after its return', () => {
    const lock = new Locker({ name: 'sync' });
    assert.throws(() => lock.runSync(async () => {}), { code: 'ERR_INVALID_OPTION' });
    assert.equal(
      lock.runSync(() => 'free'),
      'free',
    );
  });

  test('what is no function is refused at once, even while other code holds the lock', async () => {
    const lock = new Locker({ name: 'no function' });
    const held = await lock.acquire();
    const wrong = 'x' as never;
    await assert.rejects(lock.run(wrong), { code: 'ERR_INVALID_OPTION' });
    for (const take of [() => lock.runSync(wrong), () => lock.wrap(wrong)])
      assert.throws(take, { code: 'ERR_INVALID_OPTION' });
    held.release();
  });

  test('wrong options are refused', () => {
    const wrong = [
      {},
      { name: '' },
      { name: 'a', timeout: 0.5 },
      { name: 'a', reentrant: 1 },
      { name: 'a', critical: 1 },
    ];
    for (const options of wrong) assert.throws(() => new Locker(options as never), { code: 'ERR_INVALID_OPTION' });
    assert.throws(() => new Locker({ name: 'a', relative: true } as never), /no option relative/);
  });

  test('keeps the program alive while code waits for it, and no longer', async () => {
    const program = `import { Locker } from 'atasker';
      const lock = new Locker({ name: 'own', reentrant: false, timeout: 50 });
      const other = new Locker({ name: 'own', reentrant: false, timeout: '1h' });
      const held = await lock.acquire();
      await lock.run(() => {}).catch((error) => console.log(error.code));
      const waits = other.run(() => console.log('held'));
      held.release();
      await waits;`;
    const { stdout, stderr, code } = await runNode(['--input-type=module', '-e', program]);
    assert.deepEqual([stdout, stderr, code], ['ERR_LOCK_TIMEOUT\nheld\n', '', 0]);
  });
});

for (const tt of ['thread', 'process'] as const) {
  describe(`a lock in a ${tt}`, () => {
    test('is reentrant, for synchronous and for async code', async () => {
      assert.deepEqual(await nestLocks.with({ tt })(`nest ${tt}`), ['in place', 'nested']);
    });

    test('is granted after a wait, and times out, for synchronous and for async code', async () => {
      const name = `time ${tt}`;
      const held = await new Locker({ name }).acquire();
      for (const inPlace of [false, true]) {
        assert.deepEqual(await tryLock.with({ tt })(name, 20, inPlace), ['critical', 'ERR_LOCK_TIMEOUT']);
      }
      const started = whenStarted(taskSupervisor, 2);
      const waiting = [false, true].map((inPlace) => tryLock.with({ tt })(name, 60_000, inPlace));
      await started;
      held.release();
      assert.deepEqual(await Promise.all(waiting), [['held'], ['held']]);
    });

    test('that is not granted in time: the error of the lock, and of the task, names the holder', async () => {
      const name = `named ${tt}`;
      await within({ cancelGrace: 0 }, async (supervisor) => {
        const holder = holdLock.with({ supervisor, tt })(name);
        await new Promise((resolve) => holder.onProgress(resolve));
        const held = `task holdLock (${holder.id})`;
        for (const inPlace of [false, true]) {
          const [error, message] = await failLock.with({ supervisor, tt })(name, 500, inPlace);
          assert.equal(error, 'ERR_LOCK_TIMEOUT');
          assert.equal(message, `the lock ${name} was not acquired within 500 ms: ${held} held it`);
          await assert.rejects(failLock.with({ supervisor, tt, timeout: 500 })(name, 60_000, inPlace), {
            code: 'ERR_TASK_TIMEOUT',
            message: `task failLock ran longer than 500 ms; it was waiting for the lock ${name}, held by ${held}`,
          });
        }
        await assert.rejects(new Locker({ name, supervisor, timeout: 1 }).acquire(), {
          message: new RegExp(holder.id),
        });
        holder.cancel();
        await assert.rejects(holder, { code: 'ERR_TASK_CANCELED' });
      });
    });

    test('is released when its holder is cancelled and does not stop', async () => {
      const name = `ended ${tt}`;
      await within({ cancelGrace: 0 }, async (supervisor) => {
        const lock = new Locker({ name, supervisor, timeout: '1m' });
        const holder = holdLock.with({ supervisor, tt })(name);
        await new Promise((resolve) => holder.onProgress(resolve));
        const waits = lock.run(() => 'free');
        holder.cancel();
        assert.equal(await waits, 'free');
        await assert.rejects(holder, { code: 'ERR_TASK_CANCELED' });
      });
    });
  });
}

test('a task that is blocked in runSync can be ended', async () => {
  await within({ cancelGrace: 0 }, async (supervisor) => {
    const gate = newGate();
    const holder = holdLockAt.with({ supervisor })('blocked', gate);
    await whenArrived(gate, 1);
    const waits = tryLock.with({ supervisor })('blocked', 60_000, true);
    await whenStarted(supervisor, 1);
    waits.cancel();
    await assert.rejects(waits, { code: 'ERR_TASK_CANCELED' });
    open(gate);
    await holder;
  });
});

test('runSync is refused in code that a task has left behind: it could read messages of the next task', async () => {
  await within({ threadPool: { ...one, maxSize: 1 } }, async (supervisor) => {
    await leaveRunSync.with({ supervisor })('left');
    assert.equal(await whatIsLeft.with({ supervisor })(), 'ERR_NO_CURRENT_TASK');
  });
});

test('an inline task takes a lock as a task in a thread does, but runSync does not block', async () => {
  const inline = inlineTasks();
  assert.deepEqual(await nestLocks('inline'), ['in place', 'nested']);
  const held = await new Locker({ name: 'inline' }).acquire();
  assert.deepEqual(await tryLock('inline', 60_000, true), ['critical', 'ERR_LOCK_TIMEOUT']);
  held.release();
  await inline.stop();
});

test('an async task shares the lock of the code that calls it', async () => {
  const lock = new Locker({ name: 'shared', timeout: 1 });
  const inner = backgroundTask(async () => lock.run(() => 'inner'), { tt: 'async' });
  assert.equal(await lock.run(async () => inner()), 'inner');
});
