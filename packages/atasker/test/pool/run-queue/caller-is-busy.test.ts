import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { setEnvironmentData } from 'node:worker_threads';
import type { Task } from 'atasker';
import { RING } from '../../../src/pool/run-queue/memory.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { echo } from '../../tasks/basic.ts';
import { note } from './values.ts';

class Point {
  x = 1;
}

/** What has no small exact text. */
const VALUES: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  'a bigint': 5n,
  '-0': -0,
  'a date': new Date(0),
  'a map': new Map([[1, new Set([2])]]),
  'an error': new TypeError('no'),
  'a regular expression': /x/g,
  'an instance of a class': new Point(),
  'a small Buffer': Buffer.from('seven b'),
  'a Buffer of 100 KB': Buffer.alloc(100_000, 1),
  'an array of numbers': new Float64Array(10),
  'an object of many properties': Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key ${at}`, at])),
  'a text of 1 MB': 'é'.repeat(2 ** 19),
  'a text of 600 characters': 'x'.repeat(600),
  'a circle': circle(),
};

/** What only the channel of a thread takes. */
const SENT: Readonly<Record<string, unknown>> = {
  'shared memory': new SharedArrayBuffer(8),
  'a key': createSecretKey(Buffer.from('key')),
  'a module of WebAssembly': emptyModule(),
  'a buffer that may grow': Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]),
};

function emptyModule(): object {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } };
  return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
}

function circle(): object {
  const made: { self?: object } = {};
  made.self = made;
  return made;
}

const THREADS = 2;

/** Blocks this thread until so many tasks have begun. */
function blockUntilBegun(words: Int32Array, count: number): void {
  for (let now = Atomics.load(words, 0); now < count; now = Atomics.load(words, 0)) {
    if (Atomics.wait(words, 0, now, 10_000) === 'timed-out') assert.fail(`${now} of ${count} tasks have begun`);
  }
}

/** Calls tasks when all threads have nothing to do, and then does nothing else until they have begun. */
async function beginsAtOnce(count: number, call: (run: typeof note) => Task<number>): Promise<number[]> {
  const words = new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData('atasker.test.notes', words.buffer);
  const threadPool = { poolSize: THREADS, reserveNormal: 0, reserveHigh: 0, minSize: THREADS, maxSize: THREADS };
  return within({ threadPool, transport: 'shared' }, async (supervisor) => {
    const run = note.with({ supervisor });
    await run();
    while (supervisor.getInfo().pools.thread!.idle < THREADS) await turn();
    Atomics.store(words, 0, 0);
    const tasks = Array.from({ length: count }, () => call(run));
    blockUntilBegun(words, count);
    return Promise.all(tasks);
  });
}

describe('while the thread of the caller is blocked', () => {
  for (const [what, value] of Object.entries(VALUES)) {
    test(`any number of tasks that take ${what} begin`, async () => {
      assert.deepEqual(
        await beginsAtOnce(20, (run) => run(value)),
        Array.from({ length: 20 }, () => 1),
      );
    });
  }

  test('any number of tasks that have a name of their own begin', async () => {
    await beginsAtOnce(20, (run) => run.with({ name: 'of my own' })(1));
  });

  test('as many tasks as the queue can hold begin, with arguments of all sizes', async () => {
    let called = 0;
    await beginsAtOnce(RING, (run) => run(Buffer.alloc((called += 1) * 997, called)));
  });

  for (const [what, value] of Object.entries(SENT)) {
    test(`as many tasks that take ${what} begin as there are idle threads`, async () => {
      assert.deepEqual(await beginsAtOnce(THREADS, (run) => run(value)), [1, 1]);
    });
  }
});

test('arguments that go through shared memory come as they were', async () => {
  await within({ threadPool: { poolSize: 2 }, transport: 'shared' }, async (supervisor) => {
    const run = echo.with({ supervisor });
    const values = Object.values(VALUES).filter((value) => !(value instanceof Point)); // that comes as a plain object
    for (let round = 0; round < 3; round += 1) {
      const results = await Promise.all(values.map((value) => run(value, [value, round])));
      for (const [at, result] of results.entries()) assert.deepEqual(result, [values[at], [values[at], round]]);
    }
  });
});
