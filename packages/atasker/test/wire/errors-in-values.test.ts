import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { echo } from '../tasks/basic.ts';
import { throwing } from '../tasks/faults.ts';

type ErrorWith = Error & Record<string, unknown>;

/** How an error gets to a task, or from one, and comes back. */
const ways = {
  'as an argument and a result': async (error: Error, tt: 'thread' | 'process') => {
    const [{ inside }] = (await echo.with({ tt })({ inside: [error] })) as [{ inside: [ErrorWith] }];
    return inside[0];
  },
  'thrown by its task': async (error: Error, tt: 'thread' | 'process') =>
    (await throwing
      .with({ tt })('given', error)
      .catch((thrown: unknown) => thrown)) as ErrorWith,
};

/** Errors that refer to themselves; each gets its copy, and checks it. */
const cycles: Readonly<Record<string, () => [Error, (back: ErrorWith) => void]>> = {
  'its own cause': () => {
    const error = new Error('own');
    error.cause = error;
    return [error, (back) => assert.equal(back.cause, back)];
  },
  'the cause of its cause': () => {
    const error = new Error('outer', { cause: new RangeError('inner') });
    (error.cause as Error).cause = error;
    return [
      error,
      (back) => {
        assert.ok(back.cause instanceof RangeError);
        assert.equal(back.cause.cause, back);
      },
    ];
  },
  'one of its errors': () => {
    const error = new AggregateError([new Error('one')], 'several');
    error.errors.push(error);
    return [error, (back) => assert.deepEqual([(back['errors'] as Error[])[1]], [back])];
  },
  'in an object that is its cause': () => {
    const error = new Error('outer');
    error.cause = { error };
    return [error, (back) => assert.equal((back.cause as { error: Error }).error.message, 'outer')];
  },
  'in a map that is its cause': () => {
    const error = new Error('outer');
    error.cause = new Map([['error', error]]);
    return [error, (back) => assert.equal((back.cause as Map<string, Error>).get('error')!.message, 'outer')];
  },
};

function nested(depth: number): object {
  let value = {};
  for (let level = 0; level < depth; level += 1) value = { value };
  return value;
}

for (const [way, cross] of Object.entries(ways)) {
  for (const tt of ['thread', 'process'] as const) {
    describe(`an error ${way} (${tt})`, () => {
      for (const [where, make] of Object.entries(cycles)) {
        test(`arrives even if it refers to itself: ${where}`, async () => {
          const [error, check] = make();
          check(await cross(error, tt));
        });
      }

      test('keeps a deeply nested cause up to the limit, and a text replaces what is deeper', async () => {
        for (const depth of [10, 990]) {
          const back = await cross(new Error('deep', { cause: nested(depth) }), tt);
          assert.deepEqual(back.cause, nested(depth));
        }
        for (const depth of [1_100, 3_000, 20_000, 100_000]) {
          const back = await cross(new Error('deep', { cause: nested(depth) }), tt);
          assert.match(JSON.stringify(back.cause), /\[not available: [^\]]*\]/);
        }
      });

      test('keeps a deep value in the last of many nested causes', async () => {
        let error: Error = Object.assign(new Error('0'), { code: 'E_0', deep: nested(990) });
        for (let level = 1; level <= 30; level += 1) error = new Error(String(level), { cause: error });
        let last: ErrorWith = await cross(error, tt);
        for (let level = 30; level > 0; level -= 1) last = last.cause as ErrorWith;
        assert.deepEqual([last.message, last['code'], last['deep']], ['0', 'E_0', nested(990)]);
      });

      test('arrives even if it has thousands of nested causes', async () => {
        let error = new Error('0');
        for (let level = 1; level <= 5_000; level += 1) error = new Error(String(level), { cause: error });
        assert.equal((await cross(error, tt)).message, '5000');
      });

      test('arrives with its class, message, cause and properties', async () => {
        await fc.assert(
          fc.asyncProperty(anyError, async (error) => assert.deepStrictEqual(await cross(error, tt), error)),
          { numRuns: 150 },
        );
      });
    });
  }
}

const anyKey = fc.constantFrom('code', 'name', 'details', 'status', 'response');

const { error: anyError } = fc.letrec<{ value: unknown; error: Error }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string(),
    fc.integer(),
    fc.constant(Buffer.from('bytes')),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value')),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value')).map((object) => new Map(Object.entries(object))),
    tie('error'),
  ),
  error: fc
    .record({
      type: fc.constantFrom(Error, TypeError, RangeError),
      message: fc.string(),
      cause: fc.option(tie('value'), { nil: undefined }),
      properties: fc.dictionary(anyKey, tie('value'), { maxKeys: 3 }),
    })
    .map(({ type, message, cause, properties }) => {
      const error = cause === undefined ? new type(message) : new type(message, { cause });
      return Object.assign(error, properties);
    }),
}));
