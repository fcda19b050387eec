import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { CloneError } from 'atasker';
import { isExactData, isPlainData } from '../../src/wire/plain-data.ts';
import { takeArgs } from '../../src/wire/values.ts';
import { echo } from '../tasks/basic.ts';
import { equal, forThreads, instances, refused } from '../tasks/values.ts';
import { anyValue } from './any-value.ts';

const records = (count: number): object[] =>
  Array.from({ length: count }, (_, id) => ({ id, name: `number ${id}`, tags: ['a', 'b'] }));

/** Values that are larger than each limit in the code, with another value at their end. */
const SHAPES: Readonly<Record<string, { readonly path: string; readonly around: (value: unknown) => unknown }>> = {
  '100 records': { path: '.rows[100].inner', around: (inner) => ({ rows: [...records(100), { inner }] }) },
  '1,500 records': { path: '[1500][0]', around: (inner) => [...records(1_500), [inner]] },
  '1,500 numbers': { path: '[1500]', around: (inner) => [...Array.from({ length: 1_500 }, (_, at) => at), inner] },
  'an object of 300 properties': {
    path: '.inner',
    around: (inner) => ({ ...Object.fromEntries(records(300).map((one, at) => [`key ${at}`, one])), inner }),
  },
  'a long text': { path: '.list[1]', around: (inner) => ({ list: ['x'.repeat(10_000), inner], rows: records(70) }) },
  '300 levels': {
    path: '[0]'.repeat(300),
    around: (inner) => {
      let nested = inner;
      for (let depth = 0; depth < 300; depth += 1) nested = [nested];
      return nested;
    },
  },
};

for (const [shape, { path, around }] of Object.entries(SHAPES)) {
  describe(`at the end of ${shape}:`, () => {
    for (const tt of ['thread', 'process'] as const) {
      test(`each kind of value comes back equal (${tt})`, async () => {
        for (const [kind, value] of Object.entries(equal)) {
          assert.deepStrictEqual(await echo.with({ tt })(around(value())), [around(value())], kind);
        }
        for (const [kind, [value, there]] of Object.entries(instances)) {
          assert.deepStrictEqual(await echo.with({ tt })(around(value())), [around(there)], kind);
        }
      });

      test(`any value comes back equal (${tt})`, async () => {
        const property = fc.asyncProperty(anyValue, async (value) => {
          assert.deepStrictEqual(await echo.with({ tt })(around(value)), [around(value)]);
        });
        await fc.assert(property, { numRuns: 100 });
      });
    }

    test('what cannot cross is refused, with its path', async () => {
      for (const [kind, [value, inner, what]] of Object.entries(refused)) {
        await assert.rejects(
          echo(around(value())),
          { code: 'ERR_TASK_CLONE', message: `arguments[0]${path}${inner} is ${what} and cannot leave the thread` },
          kind,
        );
      }
      for (const [kind, [value, inner, what]] of Object.entries(forThreads)) {
        await assert.rejects(
          echo.with({ tt: 'process' })(around(value())),
          { code: 'ERR_TASK_CLONE', message: `arguments[0]${path}${inner} is ${what} and cannot leave the process` },
          kind,
        );
      }
    });
  });
}

describe('a large value:', () => {
  test('an object that occurs twice arrives as one object', async () => {
    const same = { n: 1 };
    const value = { rows: records(100), first: same, last: [same] };
    const [back] = (await echo(value)) as [typeof value];
    assert.equal(back.first, back.last[0]);
  });

  test('a circle arrives as a circle', async () => {
    const value = { rows: records(100), self: null as unknown };
    value.self = value;
    const [back] = (await echo(value)) as [typeof value];
    assert.equal(back.self, back);
  });

  test('a Proxy is refused, wherever it stands', async () => {
    for (const proxy of [new Proxy({ n: 1 }, {}), new Proxy([1], {}), new Proxy(new Map(), {})]) {
      await assert.rejects(echo({ rows: [...records(100), proxy] }), {
        code: 'ERR_TASK_CLONE',
        path: 'arguments[0].rows[100]',
      });
    }
  });

  test('2 to the power of 40 ways to one object are looked at in no time', async () => {
    let value: unknown = records(100);
    for (let level = 0; level < 40; level += 1) value = [value, value];
    const [back] = (await echo(value)) as [unknown[]];
    assert.equal(back[0], back[1]);
  });

  test('an array that consists of gaps is not counted out', async () => {
    const gaps: unknown[] = [];
    gaps[4_294_967_294] = 'last';
    const value = [...records(100), gaps];
    const [back] = (await echo(value)) as [unknown[][]];
    assert.deepEqual([back.at(-1)!.length, Object.keys(back.at(-1)!)], [4_294_967_295, ['4294967294']]);
  });

  test('is taken as it is when the task is called', async () => {
    const value = { rows: records(100) };
    const task = echo(value);
    value.rows.length = 0;
    assert.deepStrictEqual(await task, [{ rows: records(100) }]);
  });

  test('a property that every object has inherits nothing to the other side', async () => {
    const value = { rows: records(100) };
    Reflect.defineProperty(Object.prototype, 'inherited', { value: () => 1, enumerable: true, configurable: true });
    try {
      const [back] = (await echo(value)) as [typeof value];
      assert.deepEqual([back.rows.length, Object.keys(back.rows[99]!)], [100, ['id', 'name', 'tags']]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'inherited');
    }
  });

  test('a getter that every object has, and that throws, changes nothing', async () => {
    const get = (): never => assert.fail('nobody asks for it');
    const value = { rows: records(100), at: new Date(0) };
    const copy = structuredClone(value);
    Reflect.defineProperty(Object.prototype, 'inherited', { get, enumerable: true, configurable: true });
    let back: unknown;
    try {
      back = await echo(value);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'inherited');
    }
    assert.deepStrictEqual(back, [copy]);
  });

  test('a method toJSON is a function, which cannot cross, wherever it is inherited from', async () => {
    const value = [...records(100), { toJSON: () => 'other' }];
    await assert.rejects(echo(value), { code: 'ERR_TASK_CLONE', path: 'arguments[0][100].toJSON' });
    Reflect.defineProperty(Array.prototype, 'toJSON', { value: () => 'other', configurable: true });
    try {
      assert.deepStrictEqual(await echo(records(100)), [records(100)]);
      assert.equal(isExactData({ rows: records(100) }), false);
    } finally {
      Reflect.deleteProperty(Array.prototype, 'toJSON');
    }
  });
});

describe('the quick look', () => {
  test('says yes only to values that their text, or a clone, restores', () => {
    const property = fc.property(anyValue, (value) => {
      if (isExactData(value)) assert.deepStrictEqual(JSON.parse(JSON.stringify(value)), value);
      if (isPlainData(value)) assert.deepStrictEqual(structuredClone(value), value);
      else assert.ok(!isExactData(value));
    });
    fc.assert(property, { numRuns: 3_000 });
  });

  test('says no to arrays with gaps, and with properties of their own', () => {
    const gap = records(100);
    Reflect.deleteProperty(gap, 50);
    const labelled = Object.assign(records(100), { label: Buffer.from('b') });
    const match = /(?<id>\d+)/.exec('1');
    for (const array of [gap, labelled, match]) {
      assert.equal(isExactData({ rows: records(100), array }), false);
      assert.equal(isPlainData({ rows: records(100), array }), false);
    }
  });

  test('says yes to what most values are', () => {
    assert.ok(isExactData({ rows: records(2_000), at: null, total: 1.5 }));
    assert.ok(
      isPlainData({ rows: records(2_000), at: new Date(), byId: new Map([[1, new Set(['a'])]]), gone: undefined }),
    );
    assert.equal(typeof takeArgs([{ rows: records(2_000) }], 'thread'), 'string');
  });

  test('a getter that gives something else each time leaves the rest of its value alone', async () => {
    for (const answers of [
      [1, () => 1],
      [1, Symbol('x')],
      [1, 2],
      [1, new Date(0)],
      [1, undefined],
      [() => 1, 1],
    ]) {
      let asked = 0;
      const get = (): unknown => answers[Math.min(asked++, answers.length - 1)];
      const value = Object.defineProperty({ rows: records(100) }, 'moody', { get, enumerable: true });
      const back = await echo(value).catch((error: unknown) => error);
      if (!(back instanceof CloneError)) assert.deepStrictEqual((back as [typeof value])[0].rows, records(100));
    }
  });
});
