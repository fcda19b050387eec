import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { CloneError, type Task } from 'atasker';
import { echo } from '../tasks/basic.ts';
import { equal, forThreads, instances, make, refill, refused } from '../tasks/values.ts';
import { walk } from '../../src/wire/walk.ts';
import { anyValue } from './any-value.ts';

const TURNS = Array.from({ length: 12 }, (_, n) => n);

const twice = (n: number): readonly number[] => [n, n];

/** The first and the last byte of a Buffer that comes alone or in an object. */
function edges(value: unknown): readonly number[] {
  const { buffer } = Buffer.isBuffer(value) ? { buffer: value } : (value as { buffer: Buffer });
  return [buffer.at(0)!, buffer.at(-1)!];
}

describe('values:', () => {
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

    for (const size of [1_000, 5_000, 300_000, 3_000_000]) {
      for (const isAlone of [true, false]) {
        const what = `${size} bytes${isAlone ? '' : ' in an object'}, in a ${tt}`;

        test(`arguments are what they were at their call: ${what}`, async () => {
          const buffer = Buffer.alloc(size);
          const calls = TURNS.map((n) => {
            buffer.fill(n);
            return echo.with({ tt })(isAlone ? buffer : { buffer });
          });
          buffer.fill(255);
          assert.deepEqual(
            (await Promise.all(calls)).map(([result]) => edges(result)),
            TURNS.map(twice),
          );
        });

        test(`a result is what it was when its function returned it: ${what}`, async () => {
          const calls = TURNS.map((n) => refill.with({ tt })(n, size, isAlone));
          assert.deepEqual((await Promise.all(calls)).map(edges), TURNS.map(twice));
        });
      }
    }

    for (const [kind, value] of Object.entries(equal)) {
      test(`a value comes back equal: ${kind} (${tt})`, async () => {
        assert.deepStrictEqual(await echo.with({ tt })(value()), [value()]);
        assert.deepStrictEqual(await make.with({ tt })(kind), value());
      });
    }

    test(`any value comes back equal (${tt})`, async () => {
      const property = fc.asyncProperty(fc.array(anyValue, { maxLength: 2 }), async (args) => {
        assert.deepStrictEqual(await echo.with({ tt })(...args), args); // three could look like a call of Array.map
      });
      await fc.assert(property, { numRuns: 300 });
    });

    test(`a value with a modified object comes back equal or is refused (${tt})`, async () => {
      const property = fc.asyncProperty(
        anyValue,
        fc.constantFrom(...twists),
        fc.nat(20),
        async (value, twist, place) => {
          twist(objectIn(value, place));
          const result = await echo
            .with({ tt })(value)
            .catch((error: unknown) => error);
          if (result instanceof CloneError) assert.match(result.path, /^arguments\[0\]/);
          else assert.deepStrictEqual(result, [value]);
        },
      );
      await fc.assert(property, { numRuns: 300 });
    });

    test(`a class instance comes as a plain object, or as the built-in that its class extends (${tt})`, async () => {
      for (const [kind, [value, there]] of Object.entries(instances)) {
        assert.deepStrictEqual(await echo.with({ tt })(value()), [there], kind);
        assert.deepStrictEqual(await make.with({ tt })(kind), there, kind);
      }
    });

    test(`an error of a class written without class syntax arrives as an Error (${tt})`, async () => {
      const [error] = (await make.with({ tt })('an old error')) as [Error & { code: string }];
      assert.ok(error instanceof Error);
      assert.deepEqual([error.message, error.code], ['old', 'E_OLD']);
    });

    test(`a value in a property of an error is converted like an argument (${tt})`, async () => {
      const details = {
        bytes: Buffer.from('b'),
        inner: [new RangeError('inner')],
        bare: Object.create(null) as object,
      };
      const link = new URL('http://localhost/');
      const [compiled] = forThreads['a compiled module'];
      const error = Object.assign(new Error('outer'), { details, link, list: [details], compiled: compiled() });
      const [back] = (await echo.with({ tt })(error)) as [typeof error];
      assert.deepStrictEqual(back.details, details);
      assert.deepStrictEqual(back.list, [details]);
      assert.deepEqual(
        [back.link, back.compiled],
        [
          '[not available: link is a URL and cannot leave the thread]',
          { module: '[not available: compiled.module is a WebAssembly.Module and cannot leave the process]' },
        ],
      );
    });

    test(`an invalid date stays one (${tt})`, async () => {
      const [back] = (await echo.with({ tt })(new Date(Number.NaN))) as [Date];
      assert.ok(Number.isNaN(back.getTime()));
    });

    test(`a resizable buffer stays one (${tt})`, async () => {
      const buffer = Reflect.construct(ArrayBuffer, [2, { maxByteLength: 8 }]) as ArrayBuffer;
      const [back] = (await echo.with({ tt })(buffer)) as [ArrayBuffer];
      assert.deepEqual([back.byteLength, Reflect.get(back, 'maxByteLength')], [2, 8]);
    });
  }

  for (const [kind, [value, path, what]] of Object.entries(refused)) {
    test(`${kind} is refused`, async () => {
      await rejectsAt(`arguments[0]${path}`, `${what} and cannot leave the thread`, echo(value()));
      await rejectsAt(`result${path}`, `${what} and cannot leave the thread`, make(kind));
    });
  }

  for (const [kind, [value, path, what]] of Object.entries(forThreads)) {
    test(`${kind} crosses to a thread, and is refused by a process`, async () => {
      const [there] = await echo(value());
      assert.equal(Object.prototype.toString.call(there), Object.prototype.toString.call(value()));
      const tt = 'process';
      await rejectsAt(`arguments[0]${path}`, `${what} and cannot leave the process`, echo.with({ tt })(value()));
      await rejectsAt(`result${path}`, `${what} and cannot leave the process`, make.with({ tt })(kind));
    });
  }

  test('an object that occurs twice arrives as one object', async () => {
    const same = {};
    const [first, second] = await echo(same, same);
    assert.equal(first, second);
  });
});

/** What may be done to any object, but for the bytes of typed arrays: they come alone. */
const twists: readonly ((object: object) => void)[] = [
  (object) => Reflect.set(object, Symbol.for('mark'), 1),
  (object) => Reflect.set(object, 'extra', Buffer.from('extra')),
  (object) => Reflect.set(object, 'extra', new Date(1)),
  (object) => Reflect.defineProperty(object, 'got', { get: () => [1], enumerable: true }),
  (object) => Reflect.defineProperty(object, 'hidden', { value: 1 }),
  (object) => Reflect.preventExtensions(object),
];

/** The object that is met at a place on the way through a value, or a new one. */
function objectIn(value: unknown, place: number): object {
  const objects: object[] = [];
  walk(value, ({ value: object, kind }) => {
    if (kind !== 'bytes') objects.push(object);
    return true;
  });
  return objects[place % objects.length] ?? {};
}

async function rejectsAt(path: string, what: string, task: Task): Promise<void> {
  await assert.rejects(task, { code: 'ERR_TASK_CLONE', path, message: `${path} is ${what}` });
}
