/**
 * The built-ins of the language, taken once, when this module is evaluated. A user's program may replace any of them
 * later: fake timers, DOM emulations, promise libraries and test mocks do so. The library keeps using these copies.
 *
 * The rule: code of the library uses no global and no method of a built-in except those of this folder. An export has
 * the name of the global that it stands for, so that code reads as usual. A namespace is a frozen copy. Map, Set,
 * WeakMap and WeakSet are subclasses whose prototypes own the original methods, so that nobody can replace what
 * `map.get(key)` calls.
 */
import {
  copyClass,
  copyConstructor,
  copyConversion,
  copyNamespace,
  nextOf,
  ownMethods,
  steps,
  uncurry,
} from './copies.ts';

const world = globalThis;

/** The global object. */
export { world as globalObject };

// Namespaces
export const Atomics = copyNamespace(world.Atomics);
export const Intl = copyNamespace(world.Intl);
export const JSON = copyNamespace(world.JSON);
export const Math = copyNamespace(world.Math);
export const Reflect = copyNamespace(world.Reflect);

// Functions with static functions
export const Object = copyConversion(
  world.Object as ObjectConstructor & ((value: unknown) => unknown),
) as ObjectConstructor;
export const Number = copyConversion(world.Number);
export const String = copyConversion(world.String);
export const Symbol = copyConversion(world.Symbol as never) as SymbolConstructor;

/**
 * The class of the promises that async functions return: a promise library may have replaced the global before the
 * import.
 */
const NativePromise = world.Object.getPrototypeOf((async () => {})()).constructor as PromiseConstructor;
/** The class itself, to be extended: `await` takes an instance as it is, and does not call its `then`. */
export const PromiseBase = NativePromise;
const promiseResolve = NativePromise.resolve.bind(NativePromise) as (value?: unknown) => Promise<unknown>;
const promiseReject = NativePromise.reject.bind(NativePromise);

// Classes with static functions
export const Array = copyConstructor(world.Array);
export const ArrayBuffer = copyConstructor(world.ArrayBuffer);
export const Date = copyConstructor(world.Date);
export const Promise = copyClass(NativePromise, { resolve: promiseResolve, reject: promiseReject, all, race } as never);

// Classes that the library only instantiates: nobody can replace what `new` does
export const {
  AggregateError,
  Boolean,
  Error,
  EvalError,
  Float64Array,
  Int32Array,
  Proxy,
  RangeError,
  ReferenceError,
  SharedArrayBuffer,
  SyntaxError,
  TypeError,
  URIError,
  Uint8Array,
} = world;

/**
 * The classes of buffer views. Values that are written as bytes refer to a class by its index here, so keep the order.
 */
export const viewClasses: readonly (new (
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number,
) => ArrayBufferView<ArrayBuffer>)[] = [
  world.Uint8Array,
  world.Int8Array,
  world.Uint8ClampedArray,
  world.Int16Array,
  world.Uint16Array,
  world.Int32Array,
  world.Uint32Array,
  world.Float32Array,
  world.Float64Array,
  world.BigInt64Array,
  world.BigUint64Array,
  world.DataView,
  ...('Float16Array' in world ? [world.Float16Array as typeof world.Float32Array] : []), // not in Node.js 20 and 22
];

/** A plain Map for users, who may want their own methods on it. */
export const PlainMap = world.Map;
export const mapSet = uncurry(world.Map.prototype.set) as <K, V>(map: Map<K, V>, key: K, value: V) => Map<K, V>;

const nextOfMap = nextOf(new world.Map().keys());
const nextOfSet = nextOf(new world.Set().values());
const keysOf = uncurry(world.Map.prototype.keys);
const valuesOf = uncurry(world.Map.prototype.values);
const entriesOf = uncurry(world.Map.prototype.entries);
const membersOf = uncurry(world.Set.prototype.values);

// Each class has an explicit constructor: an implicit one passes its arguments on with the array iterator.

class SafeMap<K, V> extends world.Map<K, V> {
  constructor(entries?: Iterable<readonly [K, V]> | null) {
    super(entries);
  }

  override keys(): MapIterator<K> {
    return steps(keysOf(this), nextOfMap) as MapIterator<K>;
  }

  override values(): MapIterator<V> {
    return steps(valuesOf(this), nextOfMap) as MapIterator<V>;
  }

  override entries(): MapIterator<[K, V]> {
    return steps(entriesOf(this), nextOfMap) as MapIterator<[K, V]>;
  }

  override [world.Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }
}

class SafeSet<T> extends world.Set<T> {
  constructor(items?: Iterable<T> | null) {
    super(items);
  }

  override values(): SetIterator<T> {
    return steps(membersOf(this), nextOfSet) as SetIterator<T>;
  }

  override [world.Symbol.iterator](): SetIterator<T> {
    return this.values();
  }
}

class SafeWeakMap<K extends WeakKey, V> extends world.WeakMap<K, V> {
  constructor(entries?: Iterable<readonly [K, V]> | null) {
    super(entries);
  }
}

class SafeWeakSet<T extends WeakKey> extends world.WeakSet<T> {
  constructor(items?: readonly T[] | null) {
    super(items);
  }
}

class SafeWeakRef<T extends WeakKey> extends world.WeakRef<T> {
  constructor(target: T) {
    super(target);
  }
}

class SafeFinalizationRegistry<T> extends world.FinalizationRegistry<T> {
  constructor(cleanUp: (held: T) => void) {
    super(cleanUp);
  }
}

/** Construct these without an argument, from an array, or from one of these classes. */
export const Map: MapConstructor = ownMethods(SafeMap);
export const Set: SetConstructor = ownMethods(SafeSet);
export const WeakMap: WeakMapConstructor = ownMethods(SafeWeakMap) as WeakMapConstructor;
export const WeakSet: WeakSetConstructor = ownMethods(SafeWeakSet) as WeakSetConstructor;

export const WeakRef: WeakRefConstructor = ownMethods(SafeWeakRef) as WeakRefConstructor;
export const FinalizationRegistry: FinalizationRegistryConstructor = ownMethods(
  SafeFinalizationRegistry,
) as FinalizationRegistryConstructor;

/** A set of the items of an array, without the array iterator, which may have been replaced. */
export function setOf<T>(items: readonly T[]): Set<T> {
  const set = new Set<T>();
  for (let at = 0; at < items.length; at += 1) set.add(items[at]!);
  return set;
}

const then = uncurry(NativePromise.prototype.then);

/** `Promise.all` of an array. */
function all(items: readonly unknown[]): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const results: unknown[] = [];
    let left = items.length;
    if (left === 0) resolve(results);
    for (let at = 0; at < items.length; at += 1) {
      const put = (result: unknown): void => {
        results[at] = result;
        left -= 1;
        if (left === 0) resolve(results);
      };
      void then(promiseResolve(items[at]), put as never, reject);
    }
  });
}

/** `Promise.race` of an array. */
function race(items: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    for (let at = 0; at < items.length; at += 1) void then(promiseResolve(items[at]), resolve as never, reject);
  });
}

// What the language itself calls

export const objectPrototype: { readonly then?: unknown } = world.Object.prototype;
const { iterator, species } = world.Symbol;
const originalPromise = world.Promise as unknown as Record<symbol, unknown>;
const promiseSpecies = originalPromise[species];
const arrayPrototype = world.Array.prototype as unknown as Record<symbol, () => object>;
const functionPrototype = world.Function.prototype;
const promisePrototype = world.Promise.prototype;
const { apply, bind, call } = functionPrototype;
const arrayIterator = arrayPrototype[iterator]!;
const arrayIteratorPrototype = Reflect.getPrototypeOf(arrayIterator.call([])) as { next: unknown };
const { next } = arrayIteratorPrototype;
/** Prototypes of objects that the language makes by itself. */
const madeByItself: readonly object[] = [arrayPrototype, functionPrototype, promisePrototype];

/**
 * Whether somebody has replaced something that the language itself, or Node.js for its events, calls. Ordinary code,
 * such as `await` of an object or `for…of` over an array, then fails in ways that its author cannot foresee.
 */
export function isLanguageBroken(): boolean {
  try {
    return (
      objectPrototype.then !== undefined ||
      arrayPrototype[iterator] !== arrayIterator ||
      arrayIteratorPrototype.next !== next ||
      promisePrototype.constructor === undefined ||
      originalPromise[species] !== promiseSpecies ||
      functionPrototype.apply !== apply ||
      functionPrototype.bind !== bind ||
      functionPrototype.call !== call ||
      hasForeignPrototype()
    );
  } catch {
    return true;
  }
}

function hasForeignPrototype(): boolean {
  for (let at = 0; at < madeByItself.length; at += 1) {
    if (Reflect.getPrototypeOf(madeByItself[at]!) !== objectPrototype) return true;
  }
  return false;
}
