/**
 * Counts calls of built-ins in this thread. The library takes its built-ins when it is imported and never looks at them
 * again, so import this file before anything that imports the library.
 */
import { MessagePort } from 'node:worker_threads';

export const calls = { atomics: 0, wakeUps: 0, messages: 0 };

type AnyFunction = (...args: never[]) => unknown;

function count<T>(object: T, method: keyof T, counter: keyof typeof calls): void {
  const original = object[method] as AnyFunction;
  object[method] = function counted(this: unknown, ...args: never[]): unknown {
    calls[counter] += 1;
    return Reflect.apply(original, this, args);
  } as T[keyof T];
}

for (const operation of ['load', 'store', 'exchange', 'compareExchange'] as const) count(Atomics, operation, 'atomics');
count(Atomics, 'notify', 'wakeUps');
count(MessagePort.prototype, 'postMessage', 'messages');
