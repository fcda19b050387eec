import { types } from 'node:util';
import { CloneError } from '../errors.ts';

/** A value that is ready to cross a boundary. */
export interface Packed {
  readonly value: unknown;
  /** Buffers that belong to nobody else and may move. */
  readonly transfer: readonly ArrayBuffer[];
}

type Direction = CloneError['direction'];

/** The name of a value in messages: `arguments[0].onClick`, `result.items[3]`. */
const ROOT: Readonly<Record<Direction, string>> = { args: 'arguments', result: 'result' };

/**
 * Takes arguments as they are now: a later change by the caller does not reach the task.
 *
 * @throws CloneError if one of them cannot leave the thread.
 */
export function takeArgs(args: readonly unknown[]): Packed {
  if (args.every(isPrimitive)) return { value: args, transfer: [] };
  checkValue(args, 'args');
  const value = orCloneError('args', () => structuredClone(args));
  return { value, transfer: buffersIn(value) };
}

/**
 * Checks a result, which is cloned when it is posted.
 *
 * @throws CloneError if it cannot leave the thread.
 */
export function takeResult(value: unknown): Packed {
  if (!isPrimitive(value)) checkValue(value, 'result');
  return { value, transfer: [] };
}

/** Runs a clone or a post; the engine's refusal becomes one of ours. */
export function orCloneError<T>(direction: Direction, clone: () => T): T {
  try {
    return clone();
  } catch (cause) {
    const path = ROOT[direction];
    const message = `${path} cannot leave the thread: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new CloneError('ERR_TASK_CLONE', message, { direction, path, cause });
  }
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

/** A value on the way through a bigger one, and how it was reached. */
interface Step {
  readonly value: object;
  readonly from: Step | null;
  readonly key: string;
}

/** Finds what cannot cross, before the engine refuses it without a place or turns it into `{}`. */
function checkValue(root: unknown, direction: Direction): void {
  for (const step of everyObject(root)) {
    const what = refused(step.value);
    if (what === null) continue;
    const path = pathTo(step, ROOT[direction]);
    const message = `${path} is ${what} and cannot leave the thread`;
    throw new CloneError('ERR_TASK_CLONE', message, { direction, path });
  }
}

/** Every object, function and symbol in a value, each once; no recursion, for values may be deep. */
function* everyObject(root: unknown): Generator<Step> {
  const seen = new Set<unknown>();
  const steps: Step[] = [];
  const add = (value: unknown, from: Step | null, key: string | number): void => {
    if (isPrimitive(value) || seen.has(value)) return;
    seen.add(value);
    steps.push({ value: value as object, from, key: String(key) });
  };
  add(root, null, '');
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    yield step;
    const { value } = step;
    if (typeof value !== 'object' || types.isProxy(value) || types.isArrayBuffer(value)) continue;
    if (ArrayBuffer.isView(value)) add(value.buffer, step, 'buffer');
    else if (Array.isArray(value)) value.forEach((item, index) => add(item, step, index));
    else addParts(value, (part, key) => add(part, step, key));
  }
}

function addParts(value: object, add: (part: unknown, key: string) => void): void {
  if (types.isMap(value)) {
    for (const [key, item] of value) {
      add(key, `key ${String(key)}`);
      add(item, String(key));
    }
  } else if (types.isSet(value)) {
    for (const item of value) add(item, 'member');
  }
  for (const key of Object.keys(value)) add((value as Record<string, unknown>)[key], key);
}

function pathTo(step: Step, root: string): string {
  let path = '';
  for (let at = step; at.from !== null; at = at.from) path = nameOf(at.key, at.from.value) + path;
  return root + path;
}

function nameOf(key: string, parent: object): string {
  if (Array.isArray(parent)) return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Classes of the platform whose content is hidden: cloning makes `{}` of them, or throws. */
const HIDDEN = [
  'URL',
  'URLSearchParams',
  'Headers',
  'Request',
  'Response',
  'FormData',
  'AbortSignal',
  'AbortController',
];

/** What a value is, if it cannot cross; else null. */
function refused(value: unknown): string | null {
  if (types.isProxy(value)) return 'a Proxy';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (types.isPromise(value)) return 'a Promise';
  if (types.isGeneratorObject(value)) return 'a generator';
  if (types.isWeakMap(value)) return 'a WeakMap';
  if (types.isWeakSet(value)) return 'a WeakSet';
  if (value instanceof WeakRef) return 'a WeakRef';
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const hidden = HIDDEN.find((name) => name === tag || name === value?.constructor?.name);
  return hidden === undefined ? null : `${hidden.startsWith('A') ? 'an' : 'a'} ${hidden}`;
}

/** The buffers of a private clone. */
function buffersIn(root: unknown): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const { value } of everyObject(root)) if (types.isArrayBuffer(value)) buffers.push(value);
  return buffers;
}
