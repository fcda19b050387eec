import { createSecretKey } from 'node:crypto';
import { backgroundTask } from 'atasker';

const mark = Symbol.for('mark');

class Point {
  readonly x = 1;
  readonly #secret = 2;

  get sum(): number {
    return this.x + this.#secret;
  }
}

class Registry extends Map<string, number> {}

/** An error class of the time before classes: not an error for the engine. */
function OldError(this: Error & { code: string }, message: string): void {
  this.message = message;
  this.code = 'E_OLD';
}
OldError.prototype = Object.create(Error.prototype, { constructor: { value: OldError } });

/** What is equal on the other side. */
export const equal = {
  'a getter, as its value': () => Object.defineProperty({}, 'a', { get: () => [1], enumerable: true }),
  'what is frozen': () => Object.freeze({ list: Object.freeze([1]) }),
  'what is not enumerable, left out': () => Object.defineProperty({ a: 1 }, 'hidden', { value: () => {} }),
  'objects without a prototype': () => [Object.assign(bare(), { toString: 1, inner: [bare()] }), {}],
  'gaps, also very many': () => [Object.assign([], { 2: 'a', length: 5 }), Object.assign([], { 4294967294: 'b' })],
  'a match, which is an array with properties': () => /(?<year>\d+)/d.exec('in 2026'),
  'what stands in properties of an array': () =>
    Object.assign([1], { bytes: Buffer.from('b'), error: coded(), of: bare() }),
  'an array of very many': () => Array.from({ length: 20_000 }, (_, n) => (n % 9_999 === 0 ? Buffer.from('b') : n)),
  'where the last match of a RegExp ended': () => Object.assign(/a/g, { lastIndex: 3 }),
  'boxed primitives': () => [Object(1), Object('text'), Object(false), Object(1n)],
  'typed arrays': () => [
    new BigInt64Array([1n, -1n]),
    new Float32Array([1.5, Number.NaN]),
    new Uint8Array(9).subarray(3, 5),
  ],
  'a DataView': () => new DataView(new ArrayBuffer(8), 2, 3),
  'a circle through a Map and a Set': () => circle(),
  'keys that are objects': () => new Map([[new Set([bare()]), new Map([[Buffer.from('key'), coded()]])]]),
  'keys that are special': () => JSON.parse('{"__proto__": {"x": 1}, "constructor": [1]}') as unknown,
};

/** A refused value: its path, and the name of its kind in the message. */
export const refused = {
  'a symbol as a key': [() => ({ list: [{ [mark]: 1 }] }), '.list[0][Symbol(mark)]', 'a property named by a symbol'],
  'a symbol as a key of an array': [
    () => Object.assign([1], { [mark]: 1 }),
    '[Symbol(mark)]',
    'a property named by a symbol',
  ],
  'a symbol as a key of a Map': [
    () => Object.assign(new Map(), { [mark]: 1 }),
    '[Symbol(mark)]',
    'a property named by a symbol',
  ],
  'a symbol as a key of a Buffer': [
    () => Object.assign(Buffer.alloc(1), { [mark]: 1 }),
    '[Symbol(mark)]',
    'a property named by a symbol',
  ],
  'a property of a Map': [() => [Object.assign(new Map(), { size2: 1 })], '[0].size2', 'a property of a Map'],
  'a property of a class that extends Map': [
    () => Object.assign(new Registry(), { label: 1 }),
    '.label',
    'a property of a Map',
  ],
  'a property of a Set': [() => Object.assign(new Set(), { extra: 1 }), '.extra', 'a property of a Set'],
  'a property of a Date': [() => Object.assign(new Date(), { zone: 'UTC' }), '.zone', 'a property of a Date'],
  'a property of a RegExp': [() => Object.assign(/a/, { 'odd key': 1 }), '["odd key"]', 'a property of a RegExp'],
  'a property of a boxed text': [
    () => Object.assign(Object('text'), { extra: 1 }) as unknown,
    '.extra',
    'a property of a String',
  ],
  'a property of an ArrayBuffer': [
    () => Object.assign(new ArrayBuffer(1), { extra: 1 }),
    '.extra',
    'a property of an ArrayBuffer',
  ],
  'a property of a DataView': [
    () => Object.assign(new DataView(new ArrayBuffer(1)), { extra: 1 }),
    '.extra',
    'a property of a DataView',
  ],
  'a function in a property of an array': [() => Object.assign([1], { run() {} }), '.run', 'a function'],
  'a function deep inside': [
    () => ({ a: [new Map([['k', new Set([{ f() {} }])]])] }),
    '.a[0].k.member.f',
    'a function',
  ],
  'an Event': [() => ({ event: new Event('x') }), '.event', 'an Event'],
  'a class that extends EventTarget': [() => [new (class Bus extends EventTarget {})()], '[0]', 'an EventTarget'],
  'a TextEncoder': [() => [new TextEncoder()], '[0]', 'a TextEncoder'],
  'a File': [() => ({ file: new File(['x'], 'name') }), '.file', 'a File'],
  'a DOMException': [() => ({ error: new DOMException('x') }), '.error', 'a DOMException'],
  'a ReadableStream': [() => ({ body: new ReadableStream() }), '.body', 'a ReadableStream'],
} satisfies Record<string, readonly [make: () => unknown, path: string, what: string]>;

/** What threads share, and processes cannot. */
export const forThreads = {
  'shared memory': [() => ({ words: new Int32Array(new SharedArrayBuffer(4)) }), '.words', 'shared memory'],
  'a SharedArrayBuffer': [() => [new SharedArrayBuffer(4)], '[0]', 'shared memory'],
  'a compiled module': [() => ({ module: emptyModule() }), '.module', 'a WebAssembly.Module'],
  'a key': [() => ({ key: createSecretKey(Buffer.from('key')) }), '.key', 'a KeyObject'],
  'a Blob': [() => ({ blob: new Blob(['x']) }), '.blob', 'a Blob'],
} satisfies Record<string, readonly [make: () => unknown, path: string, what: string]>;

/** What a class adds stays behind. */
export const instances = {
  'own properties': [() => new Point(), { x: 1 }],
  'a symbol as a key, which is its own business': [() => Object.assign(new Point(), { [mark]: 1 }), { x: 1 }],
  'of a class that extends Map': [() => new Registry([['a', 1]]), new Map([['a', 1]])],
  'of a class that extends Array': [
    () => Object.assign(new (class List extends Array {})(), { k: 1 }),
    Object.assign([], { k: 1 }),
  ],
  'of a class that extends Uint8Array': [() => new (class Bytes extends Uint8Array {})([1, 2]), new Uint8Array([1, 2])],
  'of a class that extends Date': [() => new (class Day extends Date {})(1), new Date(1)],
} satisfies Record<string, readonly [make: () => unknown, there: unknown]>;

const makers: Record<string, () => unknown> = {
  ...equal,
  'an old error': () => [Reflect.construct(OldError, ['old'])],
  ...Object.fromEntries(
    Object.entries({ ...refused, ...forThreads, ...instances }).map(([kind, [make]]) => [kind, make]),
  ),
};

export const make = backgroundTask(function make(kind: string) {
  return makers[kind]!();
});

/** The types of this library do not have WebAssembly. */
function emptyModule(): object {
  const { Module } = Reflect.get(globalThis, 'WebAssembly') as { Module: new (bytes: Uint8Array) => object };
  return new Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
}

function bare(): object {
  return Object.create(null) as object;
}

function coded(): Error {
  return Object.assign(new RangeError('coded'), { code: 'E_CODED' });
}

function circle(): unknown {
  const start: { next?: unknown } = {};
  start.next = new Map([['set', new Set([[start]])]]);
  return start;
}

const buffers = new Map<number, Buffer>();

/** Gives back the same Buffer of this size again and again, filled with another number each time. */
export const refill = backgroundTask(function refill(n: number, size: number, isAlone: boolean) {
  const buffer = buffers.get(size) ?? Buffer.alloc(size);
  buffers.set(size, buffer.fill(n));
  return isAlone ? buffer : { buffer };
});
