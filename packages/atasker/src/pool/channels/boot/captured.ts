/**
 * The built-ins as they are when a member starts. The code in this folder is also bundled into the texts that members
 * boot from (scripts/boot-texts.mjs), and those texts cannot share the built-ins that the library has taken for itself.
 */
import fs from 'node:fs';
import workerThreads from 'node:worker_threads';

const { bind, call } = Function.prototype;

/**
 * Turns a method into a function that takes `this` as its first argument. User code that later replaces the method,
 * `call` or `apply` does not change that function.
 */
export const uncurried = bind.bind(call) as unknown as <This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
) => (self: This, ...args: Args) => Result;

export const { readSync, writeSync } = fs;
export const { receiveMessageOnPort } = workerThreads;
export const { add, compareExchange, exchange, load, notify, store, wait } = Atomics;
export const bufferFrom: (text: string, encoding?: BufferEncoding) => Buffer = Buffer.from.bind(Buffer);
export const killProcess = process.kill.bind(process);
export const { defineProperty, freeze } = Object;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const hasOwn = uncurried(Object.prototype.hasOwnProperty);

/**
 * Copies the methods of the prototypes of a socket, a stream or a port onto the object itself. User code that later
 * replaces the methods of the prototypes does not change the object.
 */
export function keepMethods<T extends object>(object: T): T {
  let proto = getPrototypeOf(object) as object | null;
  for (; proto !== null && proto !== Object.prototype; proto = getPrototypeOf(proto) as object | null) {
    for (const name of ownKeys(proto)) {
      const { value, writable = false } = getOwnPropertyDescriptor(proto, name)! as PropertyDescriptor;
      if (typeof value !== 'function' || !writable || name === 'constructor' || hasOwn(object, name)) continue;
      defineProperty(object, name, { value: value as unknown, writable: true, configurable: true, enumerable: false });
    }
  }
  return object;
}

/**
 * Replaces methods of an object with functions that do nothing and cannot be replaced, because a task may find the
 * object among all handles of its thread or process and call its methods.
 */
export function disarm(object: object, names: readonly string[]): void {
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at]!;
    if (typeof (object as Record<string, unknown>)[name] !== 'function') continue; // `end` of a file stream is a number
    defineProperty(object, name, { value: () => object, writable: false });
  }
}
