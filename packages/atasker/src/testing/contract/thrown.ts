/** What a function may throw; the fixture of rows-thrown.ts. */

/** A class that the caller registers. */
export class PaymentError extends Error {
  override name = 'PaymentError';
  readonly amount: number;

  constructor(amount: number) {
    super('declined');
    this.amount = amount;
  }

  twice(): number {
    return this.amount * 2;
  }
}

/** One that nobody registers. */
class UnknownError extends Error {
  override name = 'UnknownError';
  readonly amount = 5;
}

export const thrown = {
  coded() {
    const deep = Object.assign(new Error('deep'), { code: 'E_DEEP' });
    const cause = new TypeError('the cause', { cause: deep });
    const details = { list: [1, new Date(2)] };
    return Object.assign(new RangeError('out of range', { cause }), { code: 'E_RANGE', details });
  },
  registered: () => new PaymentError(5),
  unknown: () => new UnknownError('declined'),
  aggregate: () =>
    new AggregateError([new SyntaxError('one'), Object.assign(new Error('two'), { code: 'E_TWO' }), 'three'], 'many'),
  dom: () => new DOMException('bad data', 'DataError'),
  undefined: () => undefined,
  null: () => null,
  string: () => 'just text',
  number: () => 42,
  object: () => ({ reason: 'because' }),
  symbol: () => Symbol('odd'),
  function: () => () => 'odd',
  proxy: () => new Proxy({}, { getPrototypeOf: () => fail('trap') }),
  getter() {
    const error = Object.assign(new Error('has a bad getter'), { fine: 1, fn: () => {} });
    return Object.defineProperty(error, 'bad', { get: () => fail('getter throws'), enumerable: true });
  },
  hidden() {
    const error = new Error('never read');
    for (const key of ['stack', 'message', 'name']) Object.defineProperty(error, key, { get: () => fail(key) });
    return error;
  },
  circular() {
    const error = new Error('circle');
    error.cause = error;
    return error;
  },
  cyclicList() {
    const list: unknown[] = [new Error('inner')];
    list.push(list);
    return Object.assign(new Error('outer'), { list });
  },
  deep: () =>
    Array.from({ length: 100 }).reduce<Error>((cause, _, n) => new Error(`level ${n}`, { cause }), new Error('end')),
  long: () => new Error('x'.repeat(50_000_000)),
  pollution() {
    const error = new Error('polluting');
    Object.defineProperty(error, '__proto__', { value: { polluted: true }, enumerable: true });
    Object.defineProperty(error, 'constructor', { value: { name: 'RangeError' }, enumerable: true });
    return error;
  },
} satisfies Record<string, () => unknown>;

export type Thrown = keyof typeof thrown;

function fail(message: string): never {
  throw new Error(message);
}
