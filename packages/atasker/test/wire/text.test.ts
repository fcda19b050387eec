import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { CloneError } from 'atasker';
import {
  argsText,
  carried,
  carry,
  errorText,
  readArgs,
  readError,
  readReason,
  readText,
  reasonText,
  resultText,
} from '../../src/wire/text.ts';
import { equal, forThreads, instances, refused } from '../tasks/values.ts';
import { anyValue } from './any-value.ts';

describe('values as text:', () => {
  for (const [kind, value] of Object.entries(equal)) {
    test(`a value comes back equal: ${kind}`, () => {
      assert.deepStrictEqual(readText(resultText(value())), value());
      assert.deepStrictEqual(readArgs(argsText([value(), 1])), [value(), 1]);
    });
  }

  test('any value comes back equal', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 3 }), (args) => {
        const text = argsText(args);
        assert.ok(!/[\r\n]/.test(text), 'a text is one line');
        assert.deepStrictEqual(readArgs(text), args);
        assert.deepStrictEqual(readText(resultText(args)), args);
        assert.deepStrictEqual(carried(carry(text, 7)), { args, attempt: 7 });
      }),
      { numRuns: 1_000 },
    );
  });

  test('an object that occurs twice, or in itself, is one object', () => {
    const ring: { me?: object } = {};
    ring.me = ring;
    const [first, second] = readText(resultText([ring, ring])) as [typeof ring, typeof ring];
    assert.equal(first, second);
    assert.equal(first.me, first);
  });

  test('a class instance comes as a plain object, or as the built-in that its class extends', () => {
    for (const [kind, [value, there]] of Object.entries(instances)) {
      assert.deepStrictEqual(readText(resultText(value())), there, kind);
    }
  });

  test('what cannot cross is refused with its path', () => {
    for (const [kind, [value, path]] of Object.entries({ ...refused, ...forThreads })) {
      const isRefused = (root: string) => (error: CloneError) => {
        assert.deepEqual([error.code, error.path], ['ERR_TASK_CLONE', root + path], kind);
        return true;
      };
      assert.throws(() => resultText(value()), isRefused('result'), kind);
      assert.throws(() => argsText([value()]), isRefused('arguments[0]'), kind);
    }
  });

  test('an error comes back with its class, message, cause and properties, alone or in a value', () => {
    const bytes = Buffer.from('b');
    const error = Object.assign(new RangeError('outer', { cause: new TypeError('inner') }), { code: 'E', bytes });
    const again = readError(errorText(error)) as typeof error;
    assert.deepStrictEqual([again.name, again.message, again.code, again.bytes], ['RangeError', 'outer', 'E', bytes]);
    assert.ok(again instanceof RangeError && again.cause instanceof TypeError);
    assert.equal(again.stack, error.stack);
    const [key] = [...(readText(resultText(new Map([[error, 1]]))) as Map<typeof error, number>).keys()];
    assert.ok(key instanceof RangeError && key.cause instanceof TypeError);
    assert.equal(key.code, 'E');
  });

  test('whatever was thrown or given as a reason can be written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyValue,
          fc.constant(() => {}),
          fc.constant(Symbol('s')),
        ),
        (thrown) => {
          assert.ok(readError(errorText(thrown)) instanceof Error);
          assert.doesNotThrow(() => readReason(reasonText(thrown)));
        },
      ),
    );
  });

  test('any other text fails with ERR_TASK_LOST, and nothing else', () => {
    for (const read of [readText, readArgs, readError, readReason]) {
      for (const text of ['=', '=2[1]', '=1', '=1{}', '=1[[9]]', '=1[["Nonsense",1]]', '{', '[1', '\u0000']) {
        assert.throws(() => read(text), { code: 'ERR_TASK_LOST' }, `${read.name} ${text}`);
      }
      const isOurs = (error: unknown): boolean => (error as { code?: string }).code === 'ERR_TASK_LOST';
      fc.assert(
        fc.property(
          fc.oneof(
            fc.string(),
            fc.json().map((json) => `=1${json}`),
          ),
          (text) => {
            try {
              read(text);
            } catch (error) {
              assert.ok(isOurs(error), String(error));
            }
          },
        ),
        { numRuns: 1_000 },
      );
    }
  });
});
