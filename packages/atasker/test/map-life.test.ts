import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { backgroundTask, waitCompleted } from 'atasker';
import './support/leaks.ts';
import { turn } from './support/events.ts';
import { newGate, open, type Gate } from './support/gate.ts';
import { fixtures, runNode } from './support/program.ts';
import { NotedSource } from './support/sources.ts';
import { within } from './support/within.ts';
import { holdHere, untilAborted } from './tasks/async.ts';
import { add } from './tasks/basic.ts';

const addHere = add.with({ tt: 'async' });

/** Throws at once for the argument `fail`, and otherwise returns its argument. */
const maybe = backgroundTask(
  function maybe(word: string) {
    if (word === 'fail') throw new Error('it fails');
    return word;
  },
  { tt: 'async' },
);

/** Held at a gate, or done at once. */
const holdSome = backgroundTask((gate: Gate | null) => (gate === null ? 'quick' : holdHere.fn(gate, 'held')), {
  name: 'holdSome',
  tt: 'async',
});

async function turns(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await turn();
}

describe('a map', () => {
  test('begins in the microtask after the call, runs `concurrency` tasks ahead, and then waits for a reader', async () => {
    const source = new NotedSource(Array(100).keys());
    let calls = 0;
    const count = backgroundTask((_n: number) => (calls += 1), { tt: 'async', name: 'count' });
    const map = count.map(source, { concurrency: 7 });
    assert.equal(source.taken, 0);
    await Promise.resolve();
    assert.equal(source.taken, 7, 'in the microtask after the call');
    await turns();
    assert.deepEqual([source.taken, calls], [7, 7]);
    assert.equal((await map).length, 100);
    assert.deepEqual([source.taken, calls, source.closed], [100, 100, 0]);
  });

  test('that is awaited twice runs once and gives the same array; it has catch and finally', async () => {
    const source = new NotedSource([1, 2]);
    const map = addHere.map(source, { args: [1] });
    const results = await map;
    assert.deepEqual(results, [2, 3]);
    assert.equal(await map, results);
    let ends = 0;
    assert.equal(await map.finally(() => (ends += 1)), results);
    assert.equal(await map.catch(() => {}), results);
    assert.deepEqual([source.taken, ends], [2, 1]);
    const failing = maybe.map(['fail']);
    assert.equal(await failing.catch((error: Error) => error.message), 'it fails');
    await assert.rejects(
      failing.finally(() => (ends += 1)),
      { message: 'it fails' },
    );
    assert.equal(ends, 2);
    assert.equal(Object.prototype.toString.call(map), '[object TaskMap]');
  });

  test('fails with ERR_MAP_CONSUMED if it is read again in another way, or iterated twice', async () => {
    const consumed = { code: 'ERR_MAP_CONSUMED', taskName: 'add' };
    const iterated = addHere.map([1], { args: [1] });
    for await (const result of iterated) assert.equal(result, 2);
    assert.throws(() => iterated[Symbol.asyncIterator](), consumed);
    assert.throws(() => iterated.settled(), consumed);
    await assert.rejects(Promise.resolve(iterated), consumed);
    const awaited = addHere.map([1], { args: [1] });
    await awaited;
    assert.throws(() => awaited.settled(), consumed);
    await assert.rejects(async () => {
      for await (const result of awaited) assert.fail(String(result));
    }, consumed);
  });

  test('can be read with `settled` at any later time, even after a failure', async () => {
    const map = maybe.map(['a', 'fail', 'b']);
    await turns();
    const words: string[] = [];
    for await (const { input, error } of map.settled()) words.push(error instanceof Error ? error.message : input);
    assert.deepEqual(words, ['a', 'it fails', 'b']);
  });

  test('reports failures of its tasks and its source that nobody reads; in a pool thread it takes no input', async () => {
    const { stdout, stderr, code } = await runNode([`${fixtures}exits/unread-maps.mjs`]);
    assert.match(stderr, /UnobservedTaskError: task boom \(\S+\) failed and nobody looked at it.*\nError: of a task/);
    assert.match(
      stderr,
      /UnobservedTaskError: the map of boom failed and nobody looked at it: await it\nError: of the source/,
    );
    assert.match(
      stderr,
      /UnobservedTaskError: the map of boom failed and nobody looked at it: await it\nError: of an input/,
    );
    assert.equal(stderr.match(/UnobservedTaskError/g)?.length, 3);
    assert.deepEqual([stdout, code], ['main thread takes\ndone\n', 0]);
  });

  test('reads its source and calls its tasks in the async context of its call, whoever reads it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    function* source(): Generator<number> {
      try {
        for (const n of [1, 2, 3, 4]) {
          seen.push(storage.getStore());
          yield n;
        }
      } finally {
        seen.push(storage.getStore());
      }
    }
    const look = backgroundTask((_n: number) => seen.push(storage.getStore()), { tt: 'async', name: 'look' });
    const map = storage.run('maker', () => look.map(source(), { concurrency: 1 }));
    await storage.run('reader', async () => {
      for await (const n of map) if (n === 5) break;
    });
    assert.deepEqual(new Set(seen), new Set(['maker']));
    assert.ok(seen.length >= 6, 'inputs, calls, and the end of the source');
  });
});

describe('an awaited map', () => {
  test('does not idle a slot behind a slow input', async () => {
    const gate = newGate();
    const source = new NotedSource([gate, ...Array.from({ length: 50 }, () => null)]);
    const map = holdSome.map(source, { concurrency: 2 });
    const results = Promise.resolve(map);
    while (source.taken < 51) await turn();
    open(gate);
    assert.deepEqual(await results, ['held', ...Array.from({ length: 50 }, () => 'quick')]);
  });

  test('fails at the first failure, even while earlier inputs still run; so does an iterated map', async () => {
    for (const ordered of [true, false]) {
      const map = boomOrWait.map(['wait', 'fail', 'never'], { concurrency: 2, ordered });
      const iterated = boomOrWait.map(['wait', 'fail', 'never'], { concurrency: 2, ordered });
      await assert.rejects(Promise.resolve(map), { message: 'it fails' });
      await assert.rejects(iterated[Symbol.asyncIterator]().next(), { message: 'it fails' });
    }
  });

  test('gives 100,000 results in the order of the inputs, from an array and from a generator', async () => {
    const inputs = Array.from({ length: 100_000 }, (_, n) => n);
    const expected = inputs.map((n) => n + 1);
    assert.deepEqual(await addHere.map(inputs, { args: [1] }), expected);
    assert.deepEqual(
      await addHere.map(inputs.values(), { args: [1], ordered: false, concurrency: Infinity }),
      expected,
    );
  });

  test('gives the event loop its turns while it takes inputs, so an endless source can be ended', async () => {
    const controller = new AbortController();
    const source = new NotedSource(endless());
    const map = untilAborted.map(source as never, { concurrency: Infinity, signal: controller.signal });
    setImmediate(() => setImmediate(() => controller.abort()));
    await assert.rejects(Promise.resolve(map), { code: 'ERR_TASK_CANCELED' });
    assert.equal(source.closed, 1);
  });
});

describe('inputs of a map:', () => {
  test('promises, thenables and tasks are awaited', async () => {
    const thenable = new Later(3) as unknown as PromiseLike<number>;
    const inputs = [Promise.resolve(1), 2, thenable, addHere(2, 2)];
    assert.deepEqual(await addHere.map(inputs, { args: [1] }), [2, 3, 4, 5]);
    async function* source(): AsyncGenerator<number> {
      yield Promise.resolve(1);
    }
    assert.deepEqual(await addHere.map(source(), { args: [1] }), [2]);
    const list = inputs[Symbol.iterator]();
    const asynchronous = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(list.next()) }) };
    assert.deepEqual(await addHere.map(asynchronous, { args: [1] }), [2, 3, 4, 5]);
  });

  test('a rejected promise fails like its task, and does not end the program before its turn', async () => {
    const rejected = Promise.reject(new Error('no input'));
    const late = Promise.reject(new Error('far down'));
    const map = addHere.map([1, rejected, 2, 3, 4, late], { args: [1], concurrency: 2 });
    await assert.rejects(Promise.resolve(map), { message: 'no input' });
    await turns();
    const ends: unknown[] = [];
    for await (const { input, error, result } of addHere.map([rejected, 1], { args: [1] }).settled()) {
      ends.push(error ?? result, input);
    }
    assert.deepEqual([(ends[0] as Error).message, ends[1], ends[2], ends[3]], ['no input', rejected, 2, 1]);
  });

  test('if the source throws, an awaited map fails with that error, and an iterated map after the earlier results', async () => {
    function* source(): Generator<string> {
      yield 'a';
      yield 'b';
      throw new Error('no more');
    }
    await assert.rejects(Promise.resolve(maybe.map(source())), { message: 'no more' });
    for (const read of ['results', 'ends'] as const) {
      const map = maybe.map(source());
      const items: unknown[] = [];
      await assert.rejects(
        async () => {
          for await (const item of read === 'results' ? map : map.settled()) items.push(item);
        },
        { message: 'no more' },
      );
      assert.equal(items.length, 2);
    }
  });

  for (const result of [undefined, null, 5, 'text']) {
    test(`if the iterator of the source gives ${result} instead of an object, the map fails with a TypeError`, async () => {
      let asked = 0;
      const next = (): never => {
        asked += 1;
        if (asked > 1_000) throw new Error('it is asked again and again');
        return result as never;
      };
      const now = { [Symbol.iterator]: () => ({ next }) };
      const later = { [Symbol.asyncIterator]: () => ({ next: async () => next() }) };
      for (const source of [now, later] as never[]) {
        await assert.rejects(Promise.resolve(maybe.map(source)), { name: 'TypeError', message: /iterator result/ });
      }
    });
  }

  test('the source is closed once when a call throws or the reader leaves, and not opened if nothing was read', async () => {
    const inner = await new Promise<typeof add>((resolve) =>
      setImmediate(() => resolve(backgroundTask((a: number, b: number) => a + b, { name: 'inner' }))),
    );
    const source = new NotedSource(endless());
    await assert.rejects(Promise.resolve(inner.map(source, { args: [1] })), { code: 'ERR_TASK_NOT_AT_MODULE_LEVEL' });
    assert.deepEqual([source.taken, source.closed], [1, 1]);
    const left = new NotedSource(endless());
    for await (const result of addHere.map(left, { args: [1] })) if (result === 3) break;
    assert.equal(left.closed, 1);
    const unread = new NotedSource(endless());
    await addHere.map(unread, { args: [1] })[Symbol.asyncIterator]().return!();
    await turns();
    assert.equal(unread.taken, 0);
  });

  test('a reader that leaves ends its pending read too, and gets the error that the source throws when it is closed', async () => {
    const hung = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const reader = addHere.map(hung, { args: [1] })[Symbol.asyncIterator]();
    const asked = reader.next();
    assert.deepEqual(await reader.return!(), { value: undefined, done: true });
    assert.deepEqual(await asked, { value: undefined, done: true });
    const closed = new Error('cannot close');
    const bad = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          throw closed;
        },
      }),
    };
    const iterating = addHere.map(bad as Iterable<number>, { args: [1] })[Symbol.asyncIterator]();
    await iterating.next();
    await assert.rejects(iterating.return!(), closed);
  });
});

describe('a signal of a map', () => {
  const canceled = { code: 'ERR_TASK_CANCELED', name: 'AbortError', cause: 'enough' };

  test('gives one kind of error, whenever it aborts and however the map is read', async () => {
    const aborted = AbortSignal.abort('enough');
    const source = new NotedSource(endless());
    await assert.rejects(Promise.resolve(addHere.map(source, { args: [1], signal: aborted })), canceled);
    await assert.rejects(Promise.resolve(addHere.with({ signal: aborted }).map(source, { args: [1] })), canceled);
    assert.equal(source.taken, 0);
    const stuck = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    for (const inputs of [[1, 2, 3], stuck]) {
      for (const read of ['array', 'results', 'settled'] as const) {
        const controller = new AbortController();
        const map = untilAborted.map(inputs as never, { signal: controller.signal, concurrency: 2 });
        const ends: unknown[] = [];
        const reading = (async () => {
          if (read === 'array') await map;
          else for await (const end of read === 'results' ? map : map.settled()) ends.push(end);
        })();
        await turns();
        controller.abort('enough');
        await assert.rejects(reading, canceled);
        const errors = (ends as { error: { code: string } }[]).map(({ error }) => error.code);
        const out = inputs === stuck || read !== 'settled' ? 0 : 2;
        assert.deepEqual(
          errors,
          Array.from({ length: out }, () => 'ERR_TASK_CANCELED'),
        );
      }
    }
  });

  test('has one listener for any number of maps, tasks and waits, and none when they are done or given up', async () => {
    const { signal } = new AbortController();
    const gate = newGate();
    const held = holdHere.with({ signal });
    const maps = Array.from({ length: 20 }, () => [holdHere.map([gate], { signal }), held.map([gate])]).flat();
    const waits = Array.from({ length: 20 }, () => waitCompleted(held(gate), { signal }));
    const givenUp = assert.rejects(waitCompleted(held(gate), { signal, timeout: 1 }), { code: 'ERR_WAIT_TIMEOUT' });
    await turns();
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    await givenUp;
    open(gate);
    await Promise.all([...maps.slice(1), ...waits]); // the first is not read
    await turns();
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

test('a task that awaits a map of its own frees its slot meanwhile', async () => {
  await within({ asyncPool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0 } }, async (supervisor) => {
    const outer = backgroundTask(async () => addHere.map([1, 2, 3], { args: [1] }).then((sums) => sums), {
      name: 'outer',
      tt: 'async',
      supervisor,
    });
    assert.deepEqual(await outer(), [2, 3, 4]);
  });
});

/** A promise of another library. */
class Later {
  readonly #value: number;

  constructor(value: number) {
    this.#value = value;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- the test needs a thenable
  then(onResult: (value: number) => void): void {
    setImmediate(onResult, this.#value);
  }
}

const boomOrWait = backgroundTask(
  async function boomOrWait(word: string) {
    if (word === 'fail') throw new Error('it fails');
    await untilAborted.fn();
    return word;
  },
  { tt: 'async' },
);

function* endless(): Generator<number> {
  for (let n = 0; ; n += 1) yield n;
}
