/**
 * Makes the copies of built-ins. All of this runs while the library is imported; after that nobody can replace what a
 * copy holds.
 */
const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { freeze } = Object;

/** Copies the properties of `from` that `to` does not have yet. */
function addProperties(to: object, from: object): void {
  const keys = ownKeys(from);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]!;
    const own = getOwnPropertyDescriptor(to, key);
    if (own === undefined) defineProperty(to, key, getOwnPropertyDescriptor(from, key)!);
  }
}

/** A frozen copy of an object whose functions do not use `this`, such as `JSON`. */
export function copyNamespace<T extends object>(namespace: T): T {
  const copy = {} as T;
  addProperties(copy, namespace);
  return freeze(copy);
}

/**
 * The methods of an object, bound to the object. All other properties are read from the object at each access; a
 * property that somebody has deleted keeps its original value.
 */
export function boundCopy<T extends object>(original: T): T {
  const copy = {} as T;
  for (
    let from: object | null = original;
    from !== null && getPrototypeOf(from) !== null;
    from = getPrototypeOf(from)
  ) {
    const keys = ownKeys(from);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] as keyof T;
      if (getOwnPropertyDescriptor(copy, key) === undefined) defineProperty(copy, key, bound(original, from, key));
    }
  }
  return freeze(copy);
}

function bound<T extends object>(original: T, from: object, key: keyof T): PropertyDescriptor {
  const { value } = getOwnPropertyDescriptor(from, key) as { value?: unknown };
  if (typeof value === 'function' && key !== 'constructor') return { value: bind(value, original) };
  return { get: () => original[key] ?? value };
}

/**
 * A function or class like the original, with static functions that nobody can replace. Its instances are originals.
 */
export function copyConstructor<T extends { prototype: object }>(original: T, statics: Partial<T> = {}): T {
  function copy(...args: unknown[]): unknown {
    if (new.target === undefined) return apply(original as unknown as () => unknown, undefined, args);
    const isExtended = (new.target as unknown) !== copy;
    return construct(original as unknown as () => void, args, isExtended ? new.target : (original as never));
  }
  return withStatics(copy as unknown as T, original, statics);
}

/** The same for a function that is called with one argument and without `new`, such as `String`. */
export function copyConversion<T extends ((value: unknown) => unknown) & { prototype: object }>(original: T): T {
  const copy = function copy(value: unknown): unknown {
    return original(value);
  };
  return withStatics(copy as unknown as T, original, {});
}

/** The same for a class that takes one argument and is not extended, such as `Promise`. */
export function copyClass<T extends { new (argument: never): unknown; prototype: object }>(
  original: T,
  statics: Partial<T>,
): T {
  const copy = function copy(argument: never): unknown {
    return new original(argument);
  };
  return withStatics(copy as unknown as T, original, statics);
}

function withStatics<T extends { prototype: object }>(copy: T, original: T, statics: Partial<T>): T {
  copy.prototype = original.prototype;
  for (const key of ownKeys(statics)) defineProperty(copy, key, getOwnPropertyDescriptor(statics, key)!);
  const keys = ownKeys(original);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]!;
    if (key === 'prototype' || key === 'length' || key === 'name' || key === 'caller' || key === 'arguments') continue;
    if (getOwnPropertyDescriptor(statics, key) !== undefined) continue;
    defineProperty(copy, key, getOwnPropertyDescriptor(original, key)!);
  }
  return freeze(copy);
}

/**
 * Gives the prototype of a subclass its own copy of every inherited method, so that a replaced method of the original
 * does not affect instances of the subclass. These are still instances of the original.
 */
export function ownMethods<T extends { prototype: object }>(subclass: T): T {
  const { prototype } = subclass;
  for (
    let from = getPrototypeOf(prototype);
    from !== null && getPrototypeOf(from) !== null;
    from = getPrototypeOf(from)
  ) {
    addProperties(prototype, from);
  }
  freeze(prototype);
  return freeze(subclass);
}

/**
 * Makes a function that gives objects of Node.js, such as ports, the methods that their class has now, so that neither
 * the library nor Node.js calls a replaced method. An object of another class, possible in other runtimes, stays as it
 * is.
 */
export function takeOver<T extends object>(prototype: T): (object: T) => T {
  const methods = {} as T;
  for (
    let from: object | null = prototype;
    from !== null && getPrototypeOf(from) !== null;
    from = getPrototypeOf(from)
  ) {
    addProperties(methods, from);
  }
  setPrototypeOf(methods, prototype);
  return (object) => {
    if (getPrototypeOf(object) === prototype) setPrototypeOf(object, methods);
    return object;
  };
}

/** Makes a getter a function of the object. */
export function getterOf<T extends object, K extends keyof T & string>(prototype: T, key: K): (object: T) => T[K] {
  const getter = getOwnPropertyDescriptor(prototype, key)?.get as (() => T[K]) | undefined;
  return getter === undefined ? (object) => object[key] : (uncurry(getter) as (object: T) => T[K]);
}

/** Makes a method a function that takes `this` as its first argument. */
export function uncurry<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (self: This, ...args: Args) => Result {
  return callOf.bind(method) as (self: This, ...args: Args) => Result;
}

const { bind: bindOf, call: callOf } = Function.prototype;
const bind = callOf.bind(bindOf) as (fn: unknown, self: unknown) => unknown;

type Next = (iterator: object) => IteratorResult<unknown, unknown>;

/** The present method `next` of iterators of this kind. */
export function nextOf(iterator: Iterator<unknown>): Next {
  return uncurry((getPrototypeOf(iterator) as { next: () => IteratorResult<unknown> }).next) as Next;
}

/** An iterator that behaves like another one, with a `next` that nobody can replace. */
export function steps<T>(iterator: object, next: Next): IterableIterator<T> {
  return new Steps<T>(iterator, next);
}

class Steps<T> implements IterableIterator<T> {
  readonly #iterator: object;
  readonly #next: Next;

  constructor(iterator: object, next: Next) {
    this.#iterator = iterator;
    this.#next = next;
  }

  next(): IteratorResult<T> {
    return this.#next(this.#iterator) as IteratorResult<T>;
  }

  [Symbol.iterator](): this {
    return this;
  }
}
