import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { backgroundTask } from 'atasker';
import '../support/leaks.ts';
import { within } from '../support/within.ts';

const plain = backgroundTask((value: number) => value, { name: 'plain', tt: 'async' });
const promised = backgroundTask(async (value: number) => value, { name: 'promised', tt: 'async' });

/** Counts the turns of the event loop until the work is done; `count` says how many there were so far. */
async function turnsDuring(work: (count: () => number) => Promise<unknown>): Promise<number> {
  let turns = 0;
  let turn = setImmediate(function count() {
    turns += 1;
    turn = setImmediate(count);
  });
  await work(() => turns);
  clearImmediate(turn);
  return turns;
}

/** Far more than run in the time between two turns. */
const MANY = 300_000;

for (const [name, fn] of [
  ['plain values', plain],
  ['promises', promised],
] as const) {
  test(`the event loop gets its turns while short async tasks run one after the other, with ${name}`, async () => {
    const turns = await turnsDuring(async (count) => {
      for (let calls = 0; count() < 3 && calls < MANY; calls += 1) await fn(1);
    });
    assert.equal(turns, 3);
  });

  test(`so it does while many that were called at once run, with ${name}, and with a limit of ten`, async () => {
    await within({ asyncPool: { poolSize: 10 } }, async (supervisor) => {
      for (const each of [fn, fn.with({ supervisor })]) {
        const all = Promise.all(Array.from({ length: 10_000 }, (_, value) => each(value)));
        assert.ok((await turnsDuring(() => all)) >= 2);
        assert.deepEqual((await all).slice(0, 3), [0, 1, 2]);
      }
    });
  });
}

test('tasks begin in the order of their calls, and tasks that are cancelled before their turn do not begin', async () => {
  const begun: number[] = [];
  const note = backgroundTask((n: number) => begun.push(n), { name: 'note', tt: 'async' });
  const tasks = Array.from({ length: 5_000 }, (_, n) => note(n));
  const after = setImmediate(() => tasks.slice(4_900).forEach((task) => task.cancel()));
  await Promise.allSettled(tasks);
  clearImmediate(after);
  assert.deepEqual(
    begun,
    begun.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(begun).size, begun.length);
  const ended = tasks.filter((task) => task.status === 200).length;
  assert.equal(begun.length, ended);
});

test('without context a task does not see the AsyncLocalStorage of any other code', async () => {
  await within({ asyncPool: { context: false } }, async (supervisor) => {
    const storage = new AsyncLocalStorage<string>();
    const look = backgroundTask(() => storage.getStore() ?? 'nobody', { name: 'look', tt: 'async', supervisor });
    const tasks = ['a', 'b'].map((user) => storage.run(user, () => look()));
    assert.deepEqual(await Promise.all(tasks), ['nobody', 'nobody']);
  });
});
