/**
 * If a hardened program has frozen `Error`, the options set here have no effect, and stacks are whatever `Error` gives.
 */
import { stringIncludes } from './methods.ts';
import { Error, Reflect } from './primordials.ts';

type StackOptions = Partial<Record<'stackTraceLimit' | 'prepareStackTrace', unknown>>;

/** Calls a function while `Error` has these options, if the options can be set. */
export function withStacks<T>(options: StackOptions, make: () => T): T {
  const keys = Reflect.ownKeys(options) as (keyof StackOptions)[];
  const before: (PropertyDescriptor | undefined)[] = [];
  for (let at = 0; at < keys.length; at += 1) {
    before[at] = Reflect.getOwnPropertyDescriptor(Error, keys[at]!);
    Reflect.set(Error, keys[at]!, options[keys[at]!]);
  }
  try {
    return make();
  } finally {
    for (let at = 0; at < keys.length; at += 1) restore(keys[at]!, before[at]);
  }
}

/** Makes errors without stack frames. To collect the frames takes most of the time that an error takes. */
export function withoutStack<T extends Error>(make: () => T): T {
  return withStacks({ stackTraceLimit: 0 }, make);
}

/** An error without stack frames, to be filled in later. */
export function errorWithoutStack(message?: string): Error {
  return withoutStack(() => new Error(message));
}

/**
 * Whether Node.js itself is ending this thread because an async hook has thrown. Nothing can run here any more: Node.js
 * would call the hook again, without end.
 */
export function isAsyncHookFailure(): boolean {
  const { stack } = withStacks({ stackTraceLimit: 10, prepareStackTrace: undefined }, () => new Error());
  return typeof stack === 'string' && stringIncludes(stack, 'at fatalError (node:internal/async_hooks:');
}

function restore(key: keyof StackOptions, before: PropertyDescriptor | undefined): void {
  if (before === undefined) Reflect.deleteProperty(Error, key);
  else if ('value' in before) Reflect.set(Error, key, before.value);
}
