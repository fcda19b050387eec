import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
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

  for (const tt of ['thread', 'process'] as const) {
    test(`a Buffer comes as a Buffer and an error as it was, wherever they stand (${tt})`, async () => {
      const error = Object.assign(new RangeError('inside', { cause: new TypeError('deep') }), { code: 'E_INSIDE' });
      const shared = Buffer.from('shared');
      const value = {
        list: [shared, new Uint8Array([1]), { error }],
        map: new Map([[error, Buffer.alloc(2)]]),
        again: shared,
      };
      const [result] = (await echo.with({ tt })(value)) as [typeof value];
      assert.deepEqual(result, value);
      const [first, bytes] = result.list as [Buffer, Uint8Array];
      assert.ok(Buffer.isBuffer(first) && !Buffer.isBuffer(bytes));
      assert.equal(first.toString(), 'shared');
      assert.equal(result.again, first, 'an object met twice is one object');
      const [[key, buffer]] = [...result.map] as [[Error & { code: string }, Buffer]];
      assert.ok(key instanceof RangeError && key.cause instanceof TypeError && Buffer.isBuffer(buffer));
      assert.deepEqual([key.code, key.stack], ['E_INSIDE', error.stack]);
      assert.equal((result.list[2] as { error: Error }).error, key);
    });

    test(`any value comes back equal (${tt})`, async () => {
      const leaf = fc.oneof(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
        }),
        fc.string({ unit: 'binary' }),
        fc.constantFrom<unknown>(
          -0,
          Number.NaN,
          undefined,
          null,
          Infinity,
          '\ud800',
          JSON.parse('{"__proto__": {"x": 1}}'),
        ),
      );
      const value = fc.array(leaf, { maxLength: 4 });
      const property = fc.asyncProperty(value, async (args) => {
        assert.deepStrictEqual(normal(await echo.with({ tt })(...args)), normal(args));
      });
      await fc.assert(property, { numRuns: 300 });
    });
  }

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

/**
 * A clone has the prototype of plain objects where the original had none. To `assert` an invalid date differs
 * from itself.
 */
function normal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'an invalid date';
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [normal(key), normal(item)]));
  if (value instanceof Set) return new Set([...value].map(normal));
  if (Array.isArray(value)) return Object.assign(Array.from({ length: value.length }), value.map(normal));
  if (Object.getPrototypeOf(value) !== null) return value;
  return Object.defineProperties({}, Object.getOwnPropertyDescriptors(value));
}
