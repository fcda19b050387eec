import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { registerError } from 'atasker';
import { PaymentError, throwing } from '../tasks/faults.ts';

type Fields = Error & Record<string, unknown>;

async function thrownBy(how: Parameters<typeof throwing>[0]): Promise<Fields> {
  return await throwing(how).then(
    () => assert.fail('it must fail'),
    (error: unknown) => error as Fields,
  );
}

describe('an error comes back from a thread as it was thrown:', () => {
  test('with class, code, own properties and cause', async () => {
    const error = await thrownBy('coded');
    assert.ok(error instanceof RangeError);
    assert.deepEqual([error.name, error.message, error['code']], ['RangeError', 'out of range', 'E_RANGE']);
    assert.deepEqual(error['details'], { list: [1, new Date(2)] });
    assert.ok(error.cause instanceof TypeError);
    assert.equal((error.cause as Fields).message, 'the cause');
    assert.equal(((error.cause as Fields).cause as Fields)['code'], 'E_DEEP');
    assert.deepEqual(Object.keys(error), ['code', 'details']);
  });

  test('its stack ends with a line that names task and thread', async () => {
    const { stack } = await thrownBy('coded');
    assert.match(stack!, /^RangeError: out of range\n {4}at .*faults/s);
    assert.match(stack!.split('\n').at(-1)!, /^ {4}at task throwing \(thread \d+\)$/);
  });

  test('a class of the user is found again when it is registered', async () => {
    const before = await thrownBy('custom');
    assert.ok(!(before instanceof PaymentError));
    assert.deepEqual([before.name, before['amount']], ['PaymentError', 5]);
    registerError(PaymentError);
    const after = await thrownBy('custom');
    assert.ok(after instanceof PaymentError);
    assert.deepEqual([after.amount, after.message, after.twice()], [5, 'declined', 10]);
    assert.throws(() => registerError(Map as never), TypeError);
  });

  test('AggregateError with its errors, DOMException with its name', async () => {
    const many = await thrownBy('aggregate');
    assert.ok(many instanceof AggregateError);
    const [first, second, third] = many.errors as [Fields, Fields, string];
    assert.ok(first instanceof SyntaxError);
    assert.deepEqual([first.message, second['code'], third], ['one', 'E_TWO', 'three']);
    const dom = await thrownBy('dom');
    assert.ok(dom instanceof DOMException);
    assert.deepEqual([dom.name, dom.message, dom.code], ['DataError', 'bad data', 0]);
  });

  for (const [how, shown, thrown] of [
    ['undefined', 'undefined', undefined],
    ['null', 'null', null],
    ['string', '"just text"', 'just text'],
    ['number', '42', 42],
    ['object', '[object Object]', { reason: 'because' }],
  ] as const) {
    test(`${how} that is thrown is in "thrown" of an error`, async () => {
      const error = await thrownBy(how);
      assert.deepEqual([error['code'], error.name], ['ERR_TASK_NON_ERROR', 'TaskError']);
      assert.equal(error.message, `the task threw ${shown}, which is not an Error`);
      assert.ok('thrown' in error);
      assert.deepEqual(error['thrown'], thrown);
    });
  }

  test('symbols, functions and proxies that are thrown become an error that shows them', async () => {
    for (const how of ['symbol', 'function', 'proxy'] as const) {
      const error = await thrownBy(how);
      assert.equal(error['code'], 'ERR_TASK_NON_ERROR');
      assert.equal(typeof error['thrown'], 'string');
    }
  });

  test('getters that throw, circles, depth and length are no obstacle', async () => {
    const getter = await thrownBy('getter');
    assert.deepEqual([getter.message, getter['fine']], ['has a bad getter', 1]);
    assert.match(String(getter['bad']), /not available: .*getter throws/);
    assert.match(String(getter['fn']), /not available/);
    const circular = await thrownBy('circular');
    assert.equal(circular.message, 'circle');
    assert.equal((circular.cause as Fields).message, 'circle');
    let depth = 0;
    for (let error: unknown = await thrownBy('deep'); error instanceof Error; error = error.cause) depth += 1;
    assert.equal(depth, 9);
    const tangled = await thrownBy('tangled');
    assert.equal((tangled as Fields & Record<number, Error>)[29]!.message, 'error 29');
    const long = await thrownBy('long');
    assert.ok(long.message.length < 70_000);
    assert.match(long.message, /… \(50000000 characters\)$/);
    const hidden = await thrownBy('hidden');
    assert.equal(hidden.message, '');
    assert.equal(hidden.name, 'Error');
  });

  test('prototypes cannot be reached through properties', async () => {
    const error = await thrownBy('pollution');
    assert.equal(Object.getPrototypeOf(error), Error.prototype);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  test('the error of an async task is the very object', async () => {
    const own = new Error('mine');
    const { stack } = own;
    const thrown = await throwing
      .with({ tt: 'async' })('given', own)
      .then(
        () => null,
        (error: unknown) => error,
      );
    assert.equal(thrown, own);
    assert.equal(own.stack, stack);
  });
});
