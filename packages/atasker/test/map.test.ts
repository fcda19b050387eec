import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, type Settled } from 'atasker';
import './support/leaks.ts';
import { collect, turn } from './support/events.ts';
import { newGate, open } from './support/gate.ts';
import { within } from './support/within.ts';
import { holdHere, untilAborted } from './tasks/async.ts';
import { add, boom } from './tasks/basic.ts';

const addHere = add.with({ tt: 'async' });

async function* slowly<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await turn();
    yield item;
  }
}

describe('map:', () => {
  test('takes further arguments as an array, and nothing else', async () => {
    assert.deepEqual(await add.map([1], { args: [2] }), [3]);
    for (const args of ['salt', 5, { a: 1 }, null]) {
      assert.throws(() => add.map([1], { args: args as never }), {
        code: 'ERR_INVALID_OPTION',
        message: /^args must be/,
      });
    }
  });

  test('gives the results in the order of the inputs, awaited or one by one', async () => {
    assert.deepEqual(await add.map([1, 2, 3], { args: [10] }), [11, 12, 13]);
    const results: number[] = [];
    for await (const result of addHere.map(slowly([3, 1, 2]), { args: [1] })) results.push(result);
    assert.deepEqual(results, [4, 2, 3]);
    assert.deepEqual(await addHere.map([], { args: [1] }), []);
  });

  test('unordered gives each result as soon as it arrives', async () => {
    await within({}, async (supervisor) => {
      const gates = [newGate(), newGate(), newGate()];
      const hold2 = holdHere.with({ supervisor });
      const order: unknown[] = [];
      open(gates[2]!);
      for await (const end of hold2.map(gates, { ordered: false }).settled()) {
        order.push(end.index);
        open(gates[end.index - 1] ?? newGate());
      }
      assert.deepEqual(order, [2, 1, 0]);
    });
  });

  test('takes no more inputs than may be in progress, including results that have not been read', async () => {
    await within({ asyncPool: { poolSize: 3 } }, async (supervisor) => {
      let taken = 0;
      function* inputs(): Generator<number> {
        for (; taken < 100;) yield (taken += 1);
      }
      const all = addHere.with({ supervisor }).map(inputs(), { args: [0] });
      const map = all[Symbol.asyncIterator]();
      assert.equal(taken, 0);
      assert.deepEqual(await map.next(), { value: 1, done: false });
      for (let n = 0; n < 10; n += 1) await turn();
      assert.equal(taken, 4, 'the pool size, and the one that was taken');
      await map.return?.(undefined);
      const before = taken;
      let given = 0;
      for await (const result of addHere.with({ supervisor }).map(inputs(), { args: [0], concurrency: 1 })) {
        given += 1;
        assert.equal(result, before + given);
        assert.ok(taken - before <= given + 1);
      }
      assert.equal(given, 100 - before);
    });
  });

  test('a result does not wait for the next input of a slow source', async () => {
    const first = resolvers();
    async function* source(): AsyncGenerator<number> {
      yield 1;
      await first.promise;
      yield 2;
    }
    const results: number[] = [];
    for await (const result of addHere.map(source(), { args: [0] })) {
      results.push(result);
      first.resolve();
    }
    assert.deepEqual(results, [1, 2]);
  });

  test('a failing input ends the map with its error and cancels the tasks in progress', async () => {
    await within({}, async (supervisor) => {
      const canceled = collect(supervisor, 'taskCanceled', 2);
      const map = boomAt.with({ supervisor }).map([true, false, false]);
      await assert.rejects(Promise.resolve(map), { message: 'input fails' });
      await canceled;
    });
  });

  test('settled gives every outcome with its input, and an input that fails does not end it', async () => {
    const ends: Settled<string, unknown>[] = [];
    for await (const end of boom.with({ tt: 'async' }).map(['a', 'b']).settled()) ends.push(end);
    assert.deepEqual(
      ends.map(({ input, index, error }) => [input, index, (error as Error).message]),
      [
        ['a', 0, 'a'],
        ['b', 1, 'b'],
      ],
    );
  });

  test('its signal ends it: no more inputs are taken, and the tasks in progress are cancelled', async () => {
    await within({}, async (supervisor) => {
      const controller = new AbortController();
      const map = boomAt.with({ supervisor }).map([false, false, false], { signal: controller.signal, concurrency: 2 });
      const started = collect(supervisor, 'taskStarted', 2);
      const ending = assert.rejects(Promise.resolve(map), { name: 'AbortError' });
      await started;
      const canceled = collect(supervisor, 'taskCanceled', 4); // two tasks and their children
      controller.abort();
      await ending;
      await canceled;
    });
  });

  test('an error of the source ends it, and leaving early closes the source and cancels the rest', async () => {
    function* broken(): Generator<number> {
      yield 1;
      throw new Error('no more');
    }
    await assert.rejects(Promise.resolve(addHere.map(broken(), { args: [1] })), { message: 'no more' });
    let isClosed = false;
    async function* endless(): AsyncGenerator<number> {
      try {
        for (;;) yield 1;
      } finally {
        isClosed = true;
      }
    }
    for await (const result of addHere.map(endless(), { args: [1] })) if (result === 2) break;
    await turn();
    assert.ok(isClosed);
  });

  test('Array.prototype.map passes the value alone', async () => {
    const args = await Promise.all(['a', 'b'].map(echoHere));
    assert.deepEqual(args, [['a'], ['b']]);
    assert.deepEqual(await echoHere('a', 0, ['b']), ['a', 0, ['b']]);
    assert.deepEqual(await echoHere(undefined, 0, []), [undefined, 0, []]);
  });

  test('10,000 inputs through a thread', async () => {
    const inputs = Array.from({ length: 10_000 }, (_, n) => n);
    let count = 0;
    for await (const result of add.map(inputs, { args: [1], concurrency: 100 })) assert.equal(result, ++count);
    assert.equal(count, 10_000);
  });

  test('anything but an iterable is refused', () => {
    for (const inputs of [undefined, null, 5, {}, 'text']) {
      assert.throws(() => add.map(inputs as never), { code: 'ERR_INVALID_OPTION' });
    }
    assert.throws(() => add.map([1], { concurrency: 0 }), { code: 'ERR_INVALID_OPTION' });
    assert.throws(() => add.map([1], { concurency: 1 } as never), { message: /did you mean concurrency/ });
  });
});

const echoHere = backgroundTask(
  function echoHere(...args: unknown[]) {
    return args;
  },
  { tt: 'async' },
);

const boomAt = backgroundTask(
  async function boomAt(fail: boolean) {
    if (fail) throw new Error('input fails');
    await untilAborted();
  },
  { tt: 'async' },
);

function resolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}
