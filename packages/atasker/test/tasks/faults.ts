import { backgroundTask } from 'atasker';

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

const kinds = {
  coded() {
    const deep = Object.assign(new Error('deep'), { code: 'E_DEEP' });
    const cause = new TypeError('the cause', { cause: deep });
    const details = { list: [1, new Date(2)] };
    return Object.assign(new RangeError('out of range', { cause }), { code: 'E_RANGE', details });
  },
  custom: () => new PaymentError(5),
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
  circular() {
    const error = new Error('circle');
    error.cause = error;
    return error;
  },
  deep: () =>
    Array.from({ length: 30 }).reduce<Error>((cause, _, n) => new Error(`level ${n}`, { cause }), new Error('end')),
  long: () => new Error('x'.repeat(50_000_000)),
  hidden() {
    const error = new Error('never read');
    for (const key of ['stack', 'message', 'name']) Object.defineProperty(error, key, { get: () => fail(key) });
    return error;
  },
  pollution() {
    const error = new Error('polluting');
    Object.defineProperty(error, '__proto__', { value: { polluted: true }, enumerable: true });
    Object.defineProperty(error, 'constructor', { value: { name: 'RangeError' }, enumerable: true });
    return error;
  },
  given: (own?: unknown) => own,
} satisfies Record<string, (own?: unknown) => unknown>;

function fail(message: string): never {
  throw new Error(message);
}

export const throwing = backgroundTask(function throwing(kind: keyof typeof kinds, own?: unknown) {
  throw kinds[kind](own);
});

export const returning = backgroundTask(function returning(kind: keyof typeof values) {
  return values[kind]();
});

const values = {
  function: () => ({ items: [1, 2, { onClick: () => {} }] }),
  symbol: () => [Symbol('no')],
  weakMap: () => ({ cache: new WeakMap() }),
  promise: () => ({ later: Promise.resolve(1) }),
  generator: () => ({
    rows: (function* rows() {
      yield 1;
    })(),
  }),
  proxy: () => new Proxy({}, {}),
  url: () => ({ link: new URL('http://localhost/') }),
  headers: () => new Map([['a', new Headers()]]),
  signal: () => new Set([AbortSignal.abort()]),
  oddKey: () => ({ 'odd key': { 1: () => {} } }),
  deep() {
    const root: { next?: unknown } = {};
    let at = root;
    for (let n = 0; n < 500; n += 1) at = at.next = {} as { next?: unknown };
    return root;
  },
  fine: () => ({
    date: new Date(1),
    map: new Map([[{ k: 1 }, new Set([2n])]]),
    bytes: new Uint8Array([1, 2]),
    nan: Number.NaN,
  }),
};
