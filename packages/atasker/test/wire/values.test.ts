import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { add, echo } from '../tasks/basic.ts';
import { returning } from '../tasks/faults.ts';
import { Readable } from 'node:stream';

describe('a result that cannot leave its thread fails the task with its path:', () => {
  for (const [kind, message] of [
    ['function', 'result.items[2].onClick is a function and cannot leave the thread'],
    ['symbol', 'result[0] is a symbol and cannot leave the thread'],
    ['weakMap', 'result.cache is a WeakMap and cannot leave the thread'],
    ['promise', 'result.later is a Promise and cannot leave the thread'],
    ['generator', 'result.rows is a generator and cannot leave the thread'],
    ['proxy', 'result is a Proxy and cannot leave the thread'],
    ['url', 'result.link is a URL and cannot leave the thread'],
    ['headers', 'result.a is a Headers and cannot leave the thread'],
    ['signal', 'result.member is an AbortSignal and cannot leave the thread'],
    ['oddKey', 'result["odd key"]["1"] is a function and cannot leave the thread'],
  ] as const) {
    test(kind, async () => {
      await assert.rejects(returning(kind), (error: Error & Record<string, unknown>) => {
        assert.deepEqual([error['code'], error.message, error['direction']], ['ERR_TASK_CLONE', message, 'result']);
        assert.ok(message.startsWith(`${String(error['path'])} `));
        return true;
      });
      assert.equal(await add(1, 2), 3);
    });
  }
});

describe('values:', () => {
  test('what can be cloned comes through, arguments and results', async () => {
    const value = await returning('fine');
    assert.deepEqual(value, {
      date: new Date(1),
      map: new Map([[{ k: 1 }, new Set([2n])]]),
      bytes: new Uint8Array([1, 2]),
      nan: Number.NaN,
    });
    assert.deepEqual(await echo(value), [value]);
    assert.ok(await returning('deep'));
  });

  test('arguments are taken at submit: later changes do not reach the task', async () => {
    const mutable = { list: [1], bytes: new Uint8Array([1]) };
    const task = echo(mutable);
    mutable.list.push(2);
    mutable.bytes[0] = 9;
    assert.deepEqual(await task, [{ list: [1], bytes: new Uint8Array([1]) }]);
    assert.equal(mutable.bytes.length, 1, 'the buffer of the caller stays with the caller');
  });

  test('shared memory stays shared, and one object met twice is one object there', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const same = {};
    const [[first], second, third] = (await echo([shared], same, same)) as [[Int32Array], object, object];
    Atomics.store(shared, 0, 7);
    assert.equal(Atomics.load(first, 0), 7);
    assert.equal(second, third);
  });

  test('an async task takes and returns references', async () => {
    const stream = Readable.from(['x']);
    const fn = (): void => {};
    assert.deepEqual(await echo.with({ tt: 'async' })(stream, fn), [stream, fn]);
  });
});
