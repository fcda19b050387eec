import { backgroundTask, currentTask } from 'atasker';

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
  /** Each of them has all others in its properties. */
  tangled() {
    const errors = Array.from({ length: 30 }, (_, n) => new Error(`error ${n}`));
    for (const error of errors) Object.assign(error, Object.fromEntries(errors.entries()));
    return errors[0];
  },
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

/** Rejects where nobody listens, and returns. */
export const rejectAside = backgroundTask(async function rejectAside() {
  void Promise.reject(new Error('aside'));
  await new Promise((resolve) => void setImmediate(resolve));
  return 'returned';
});

/** Returns, and then does something to its thread. */
export const thenHarm = backgroundTask(function thenHarm(harm: 'exit' | 'block') {
  setImmediate(() => {
    if (harm === 'exit') process.exit(0);
    for (;;);
  });
  return 'returned';
});

export const cyclicArray = backgroundTask(function cyclicArray() {
  const list: unknown[] = [new Error('inner')];
  list.push(list);
  throw Object.assign(new Error('outer'), { list });
});

const never = backgroundTask(async function never() {
  await new Promise(() => {});
});

/** Starts a first child only after an `await`, and that one cannot be sent. */
export const badFirstChild = backgroundTask(async function badFirstChild() {
  await Promise.resolve();
  const first = await echoBack(() => {}).catch((error: Error & { code: string }) => error.code);
  return [first, await echoBack('second')];
});

const echoBack = backgroundTask(function echoBack(value: unknown) {
  return value;
});

/** Hears that it is cancelled, and starts one more child. */
export const childInGrace = backgroundTask(async function childInGrace() {
  const { signal } = currentTask();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  never();
  await new Promise(() => {});
});

export const badCallback = backgroundTask(async function badCallback() {
  const callback = (): never => {
    throw new Error('callback in the thread');
  };
  await echoBack.with({ callback })(1);
  await echoBack.with({ callback: () => Promise.reject(new Error('async callback in the thread')) })(1);
  return 'unharmed';
});
