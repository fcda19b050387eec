/**
 * Built-ins as they are when a member starts. Code in this folder is also bundled into the texts that members
 * boot from (scripts/boot-texts.mjs), which cannot share what the library has taken for itself.
 */
import fs from 'node:fs';
import workerThreads from 'node:worker_threads';

const { bind, call } = Function.prototype;

/** A method as a function that takes its `this` first. What replaces the method, `call` or `apply` later changes nothing. */
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
 * Gives a socket, a stream or a port its methods as properties of its own: what replaces those of its prototypes
 * later does not change it.
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

/** Takes methods away from whoever finds the object: a task may do something to all handles of its thread or process. */
export function disarm(object: object, names: readonly string[]): void {
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at]!;
    if (typeof (object as Record<string, unknown>)[name] !== 'function') continue; // `end` of a stream of a file is a number
    defineProperty(object, name, { value: () => object, writable: false });
  }
}
