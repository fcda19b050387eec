import { arrayEvery, arrayForEach, arrayPush, mapForEach, setAdd, setForEach } from '../platform/methods.ts';
import { Map, mapSet, Object, Set } from '../platform/primordials.ts';
import { errorWithoutStack } from '../platform/stacks.ts';
import { tagOf } from './refused.ts';
import { goesInto, walk, type Step } from './walk.ts';

/**
 * Whether a clone by the engine would go into an error: into its cause, which may be deep or lead back to the error, or
 * into a name, message or stack that is not a text.
 */
export function goesIntoError(error: Error): boolean {
  try {
    return Object.hasOwn(error, 'cause') || !arrayEvery([error.name, error.message, error.stack], isText);
  } catch {
    return true;
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';

/**
 * Gives a value that is cloned in place of another one: the same value, with an empty error for each error. What an
 * error holds crosses beside the value (errors.ts).
 */
export function withBareErrors(root: unknown): unknown {
  const copies = new Map<unknown, object>();
  const holders: Step[] = [];
  walk(root, (step) => {
    const copy = newCopy(step);
    if (copy !== null) copies.set(step.value, copy);
    if (copy !== null && step.kind !== 'error') arrayPush(holders, step);
    return goesInto(step.kind);
  });
  const copyOf = (part: unknown): unknown => copies.get(part) ?? part;
  arrayForEach(holders, (step) => fill(copies.get(step.value)!, step, copyOf));
  return copyOf(root);
}

/** An empty object of the same kind; null for a kind that holds no errors, or that belongs to the platform. */
function newCopy({ value, kind }: Step): object | null {
  if (kind === 'error') return errorWithoutStack();
  if (kind === 'map') return new Map();
  if (kind === 'set') return new Set();
  if (kind === 'array') return ofLength((value as unknown[]).length);
  if (kind === 'plain' || kind === 'bare') return {};
  const isOfUser = kind === 'instance' && Object.keys(value).length > 0 && tagOf(value) === 'Object';
  return isOfUser ? {} : null;
}

function ofLength(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}

function fill(copy: object, { value, kind }: Step, copyOf: (part: unknown) => unknown): void {
  if (kind === 'map') {
    mapForEach(value as Map<unknown, unknown>, (item, key) => {
      mapSet(copy as Map<unknown, unknown>, copyOf(key), copyOf(item));
    });
  } else if (kind === 'set') {
    setForEach(value as Set<unknown>, (item) => setAdd(copy as Set<unknown>, copyOf(item)));
  } else {
    arrayForEach(Object.keys(value), (key) => {
      const part = copyOf((value as Record<string, unknown>)[key]);
      Object.defineProperty(copy, key, { value: part, writable: true, configurable: true, enumerable: true });
    });
  }
}
