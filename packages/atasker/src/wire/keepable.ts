import { each } from '../platform/methods.ts';
import { Array, Map, Object, Set } from '../platform/primordials.ts';
import { checkStep, type Crossing } from './refused.ts';
import { isPrimitive, kindOf, type Kind } from './walk.ts';

const DEEPEST = 8;

/** Maximum number of objects in a copy: an error of an HTTP client may hold a whole connection. */
const MOST_OBJECTS = 1_000;

/** The kinds of objects whose properties can be kept one by one. */
const WITH_PROPERTIES = new Set<Kind>(['plain', 'bare', 'instance', 'array']);

/**
 * A copy of a value of which something cannot cross. The parts that can cross are kept, and a text stands in place of
 * each other part. Used for errors, where a part is better than nothing.
 */
export function keepable(value: unknown, crossing: Crossing): unknown {
  return keep(value, crossing, 0, new Map());
}

function keep(value: unknown, crossing: Crossing, depth: number, copies: Map<unknown, object>): unknown {
  if (isPrimitive(value)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const kind = kindOf(value);
  try {
    checkStep({ value: value as object, kind, from: null, key: '', depth: 0 }, crossing);
  } catch (problem) {
    return absent((problem as Error).message);
  }
  if (!WITH_PROPERTIES.has(kind)) return value;
  if (depth >= DEEPEST || copies.size >= MOST_OBJECTS)
    return absent(`${crossing.root} is part of a value that is too large`);
  const copy = (Array.isArray(value) ? [] : {}) as Record<string, unknown>;
  copies.set(value, copy);
  for (const key of each(Object.keys(value as object))) {
    const root = Array.isArray(value) ? `${crossing.root}[${key}]` : `${crossing.root}.${key}`;
    if (key !== '__proto__') copy[key] = keepProperty(value as object, key, { ...crossing, root }, depth, copies);
  }
  return copy;
}

function keepProperty(
  from: object,
  key: string,
  crossing: Crossing,
  depth: number,
  copies: Map<unknown, object>,
): unknown {
  try {
    return keep((from as Record<string, unknown>)[key], crossing, depth + 1, copies);
  } catch {
    return absent(`${crossing.root} cannot be read`);
  }
}

/** The text that stands for a value that is not there. */
export function absent(why: string): string {
  return `[not available: ${why}]`;
}
