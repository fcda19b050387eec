import assert from 'node:assert/strict';
import { registerError, type Task } from 'atasker';
import { failsWith, failure, type Failure } from './ends.ts';
import type { ContractPool } from './pool.ts';
import { rows } from './row.ts';
import { throwGiven, throwing } from './tasks.ts';
import { PaymentError, type Thrown } from './thrown.ts';

const thrownBy = ({ on }: ContractPool, kind: Thrown): Promise<Failure> => failure(start(on, kind));

function start(on: ContractPool['on'], kind: Thrown): Task {
  return throwing.with(on)(kind);
}

/** What is not an error, how it is shown, and what of it crosses a boundary. */
const nonErrors = [
  ['undefined', 'undefined', undefined],
  ['null', 'null', null],
  ['string', '"just text"', 'just text'],
  ['number', '42', 42],
  ['object', '[object Object]', { reason: 'because' }],
] as const;

export const thrownRows = rows('an error comes back as it was thrown', [
  {
    name: 'with class, code, own properties and causes',
    run: async (pool) => {
      const error = await thrownBy(pool, 'coded');
      assert.ok(error instanceof RangeError && error.cause instanceof TypeError);
      assert.deepEqual([error.name, error.message, error['code']], ['RangeError', 'out of range', 'E_RANGE']);
      assert.deepEqual(error['details'], { list: [1, new Date(2)] });
      assert.equal(error.cause.message, 'the cause');
      assert.equal((error.cause.cause as Failure)['code'], 'E_DEEP');
      assert.deepEqual(Object.keys(error), ['code', 'details']);
    },
  },
  {
    name: 'with a stack whose last line names the task and its thread',
    needs: ['copies'],
    run: async (pool) => {
      const { stack } = await thrownBy(pool, 'coded');
      assert.match(stack!, /^RangeError: out of range\n {4}at /);
      const last = stack!.split('\n').at(-1)!;
      assert.ok(last.startsWith(`    at task ${throwing.taskName} (`), last);
    },
  },
  {
    name: 'the very object, untouched',
    needs: ['references'],
    run: async ({ on }) => {
      const own = Object.freeze(new Error('mine'));
      assert.equal(await failure(throwGiven.with(on)(own)), own);
    },
  },
  {
    name: 'with its class if the user has registered that, otherwise as an Error with the same name',
    needs: ['copies'],
    run: async (pool) => {
      registerError(PaymentError);
      const known = await thrownBy(pool, 'registered');
      assert.ok(known instanceof PaymentError);
      assert.deepEqual([known.amount, known.message, known.twice()], [5, 'declined', 10]);
      const unknown = await thrownBy(pool, 'unknown');
      assert.equal(Object.getPrototypeOf(unknown), Error.prototype);
      assert.deepEqual([unknown.name, unknown['amount']], ['UnknownError', 5]);
    },
  },
  {
    name: 'an AggregateError with its errors, a DOMException with its name',
    run: async (pool) => {
      const many = await thrownBy(pool, 'aggregate');
      assert.ok(many instanceof AggregateError);
      const [first, second, third] = many.errors as [Failure, Failure, string];
      assert.ok(first instanceof SyntaxError);
      assert.deepEqual([first.message, second['code'], third], ['one', 'E_TWO', 'three']);
      const dom = await thrownBy(pool, 'dom');
      assert.ok(dom instanceof DOMException);
      assert.deepEqual([dom.name, dom.message, dom.code], ['DataError', 'bad data', 0]);
    },
  },
  {
    name: 'thrown undefined, null, texts, numbers and objects are in the property "thrown" of an error',
    run: async ({ on }) => {
      for (const [kind, shown, value] of nonErrors) {
        const error = await failsWith(start(on, kind), 'ERR_TASK_NON_ERROR');
        assert.equal(error.message, `the task threw ${shown}, which is not an Error`);
        assert.ok('thrown' in error);
        assert.deepEqual(error['thrown'], value);
      }
    },
  },
  {
    name: 'symbols, functions and proxies that are thrown become an error',
    run: async ({ on }) => {
      for (const kind of ['symbol', 'function', 'proxy'] as const) {
        assert.ok('thrown' in (await failsWith(start(on, kind), 'ERR_TASK_NON_ERROR')));
      }
    },
  },
  {
    name: 'even if its getters throw: a text replaces each property that cannot be read or sent',
    needs: ['copies'],
    run: async (pool) => {
      const getter = await thrownBy(pool, 'getter');
      assert.deepEqual([getter.message, getter['fine']], ['has a bad getter', 1]);
      assert.match(String(getter['bad']), /not available: .*getter throws/);
      assert.match(String(getter['fn']), /not available/);
      const hidden = await thrownBy(pool, 'hidden');
      assert.deepEqual([hidden.name, hidden.message], ['Error', '']);
    },
  },
  {
    name: 'even if it is circular, deep or long: at most 32 levels of causes and 64 KB of text',
    needs: ['copies'],
    run: async (pool) => {
      const circular = await thrownBy(pool, 'circular');
      assert.equal(circular.cause, circular);
      assert.equal((await thrownBy(pool, 'cyclicList')).message, 'outer');
      let depth = 0;
      for (let error: unknown = await thrownBy(pool, 'deep'); error instanceof Error; error = error.cause) depth += 1;
      assert.equal(depth, 33);
      const { message } = await thrownBy(pool, 'long');
      assert.ok(message.length < 70_000);
      assert.match(message, /… \(50000000 characters\)$/);
    },
  },
  {
    name: 'and its properties reach no prototype',
    needs: ['copies'],
    run: async (pool) => {
      const error = await thrownBy(pool, 'pollution');
      assert.equal(Object.getPrototypeOf(error), Error.prototype);
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    },
  },
]);
