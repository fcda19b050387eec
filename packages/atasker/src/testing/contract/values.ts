/** What a function may return, and what cannot leave its thread; the fixture of rows-values.ts. */

export const refused = {
  function: () => ({ items: [1, 2, 3, { onClick: () => {} }] }),
  symbol: () => [Symbol('no')],
  weakMap: () => ({ cache: new WeakMap() }),
  promise: () => ({ later: Promise.resolve(1) }),
  generator: () => ({ rows: countUp() }),
  proxy: () => new Proxy({}, {}),
  url: () => ({ link: new URL('http://localhost/') }),
  headers: () => new Map([['a', new Headers()]]),
  request: () => [new Request('http://localhost/')],
  signal: () => new Set([AbortSignal.abort()]),
  oddKey: () => ({ 'odd key': { 1: () => {} } }),
  /** One that only the engine notices, when it is posted. */
  detached() {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    return { buffer };
  },
  tooDeep: () => ({ list: nested(5000) }),
  /** As deep, though each object is near the root on some way. */
  tooDeepBehindAList() {
    const list = Array.from({ length: 5000 }, () => ({}) as { next?: unknown });
    list.forEach((item, index) => (item.next = list[index + 1]));
    return list;
  },
} satisfies Record<string, () => unknown>;

export type Refused = keyof typeof refused;

/** Where it stands, null if the engine does not tell, and what is said of it. */
export const refusals: Readonly<Record<Refused, readonly [place: string | null, fact: string]>> = {
  function: ['.items[3].onClick', 'is a function and'],
  symbol: ['[0]', 'is a symbol and'],
  weakMap: ['.cache', 'is a WeakMap and'],
  promise: ['.later', 'is a Promise and'],
  generator: ['.rows', 'is a generator and'],
  proxy: ['', 'is a Proxy and'],
  url: ['.link', 'is a URL and'],
  headers: ['.a', 'is a Headers and'],
  request: ['[0]', 'is a Request and'],
  signal: ['.member', 'is an AbortSignal and'],
  oddKey: ['["odd key"]["1"]', 'is a function and'],
  detached: [null, ''],
  tooDeep: [null, 'is nested more than 1000 deep and'],
  tooDeepBehindAList: [null, 'is nested more than 1000 deep and'],
};

class Point {
  readonly x = 1;
}

/** What can leave it. */
export const fine = (): Record<string, unknown> => ({
  date: new Date(1),
  map: new Map([[{ k: 1 }, new Set([2n])]]),
  bytes: new Uint8Array([1, 2]),
  buffer: Buffer.from('text'),
  error: new RangeError('inside'),
  nan: Number.NaN,
  point: new Point(),
  deep: nested(900),
});

function* countUp(): Generator<number> {
  yield 1;
}

function nested(depth: number): unknown {
  const root: { next?: unknown } = {};
  let at = root;
  for (let n = 0; n < depth; n += 1) at = at.next = {} as { next?: unknown };
  return root;
}
