import { CloneError } from '../common/errors.ts';
import { types } from '../common/node-util.ts';
import { isThenable } from '../common/thenable.ts';
import {
  arrayFind,
  functionToString,
  isEnumerable,
  objectToString,
  stringIncludes,
  stringSlice,
} from '../platform/methods.ts';
import { DOMException } from '../platform/node.ts';
import { ArrayBuffer, Object, WeakMap, globalObject, setOf } from '../platform/primordials.ts';
import { pathTo, type Step } from './walk.ts';

/** What a value crosses to, or comes from. */
export type Boundary = 'thread' | 'process';

/** How a value crosses. */
export interface Crossing {
  readonly direction: CloneError['direction'];
  /** What the value is called in messages: `arguments`, `result`. */
  readonly root: string;
  readonly boundary: Boundary;
}

/**
 * Maximum depth of a value: half of what can be read. The engine goes into a value by recursion. A thread has a bigger
 * stack, so it can post what its pool cannot read, and a message that cannot be read says nothing of its task.
 */
const DEEPEST_VALUE = 1_000;

/**
 * Refuses what the engine would refuse without saying where it stands, turn into `{}`, or leave behind.
 *
 * @throws CloneError with the path of what is refused
 */
export function checkStep(step: Step, crossing: Crossing): void {
  if (step.depth > DEEPEST_VALUE) throw tooDeep(crossing);
  const what = refused(step);
  if (what !== null) throw notSent(step, what, crossing);
  const shared = crossing.boundary === 'process' ? sharedByThreads(step) : null;
  if (shared !== null) throw cannotLeave(shared, 'process', pathTo(step, crossing.root), crossing);
  const property = lostProperty(step);
  if (property === undefined) return;
  const owner = typeof property === 'symbol' ? 'named by a symbol' : `of ${withArticle(tagOf(step.value))}`;
  throw cannotLeave(`a property ${owner}`, 'thread', pathTo(step, crossing.root, property), crossing);
}

/** The error for a value. If the value stands inside an EventEmitter, the message names that one, which says more. */
function notSent(step: Step, what: string, crossing: Crossing): CloneError {
  for (let at = step.from; at !== null; at = at.from) {
    if (at.kind !== 'instance' || !Object.hasOwn(at.value, '_events')) continue;
    return cannotLeave(`${classOf(at.value)}, an EventEmitter,`, 'thread', pathTo(at, crossing.root), crossing);
  }
  return cannotLeave(what, 'thread', pathTo(step, crossing.root), crossing);
}

function cannotLeave(what: string, place: Boundary, path: string, { direction }: Crossing): CloneError {
  return new CloneError('ERR_TASK_CLONE', `${path} is ${what} and cannot leave the ${place}`, { direction, path });
}

/** Maximum number of bytes that the channel to a process takes at once: a message of 2 GiB ends the program. */
const MOST_TO_PROCESS = 2 ** 31 - 2 ** 19;

/**
 * Counts the bytes of buffers on their way to a process. @throws CloneError with the path of the buffer that is too
 * much
 */
export class ByteCount {
  #bytes = 0;

  add(step: Step, crossing: Crossing): void {
    this.#bytes += (step.value as ArrayBuffer).byteLength;
    if (crossing.boundary === 'thread' || this.#bytes <= MOST_TO_PROCESS) return;
    const what = `one of ${this.#bytes} bytes in all`;
    const most = `no more than ${MOST_TO_PROCESS} can be sent to or from a process at once`;
    const path = pathTo(step, crossing.root);
    const message = `${path} is ${what}: ${most}; use a thread, a file, or smaller pieces`;
    throw new CloneError('ERR_TASK_CLONE', message, { direction: crossing.direction, path });
  }
}

function tooDeep({ direction, root }: Crossing): CloneError {
  const message = `${root} is nested more than ${DEEPEST_VALUE} deep and cannot leave the thread`;
  return new CloneError('ERR_TASK_CLONE', message, { direction, path: root });
}

/** What a value is, if it cannot cross; else null. */
function refused({ kind, value }: Step): string | null {
  if (kind === 'function' || kind === 'symbol') return `a ${kind}`;
  if (kind === 'proxy') return 'a Proxy';
  if (kind === 'error') return value instanceof DOMException ? 'a DOMException' : null; // the clone is `{}` on Node 20
  if (kind !== 'instance') return null;
  if (types.isGeneratorObject(value)) return 'a generator';
  return unfinished(value) ?? stream(value) ?? refusedClass(value);
}

/**
 * What a value is, if it is a task or a map that nobody has awaited. Both are recognized by their tag, because they may
 * be of another copy of the library.
 */
function unfinished(value: object): string | null {
  const tag = tagOf(value);
  if ((tag !== 'Task' && tag !== 'TaskMap') || !isThenable(value)) return null;
  return `a ${tag} that nobody has awaited (pass its result)`;
}

function stream(value: object): string | null {
  const { pipe, on } = value as { readonly pipe?: unknown; readonly on?: unknown };
  return typeof pipe === 'function' && typeof on === 'function' ? `${classOf(value)}, a socket or stream,` : null;
}

/** The name of the class of an object, with an article. */
function classOf(value: object): string {
  const type: unknown = (value as { readonly constructor?: unknown }).constructor;
  return withArticle(typeof type === 'function' && type.name !== '' ? type.name : 'object');
}

/** Built-in classes whose objects Node.js hands to other threads. */
const CROSS_TO_THREADS = setOf(['Blob', 'CryptoKey']);

/** The content of objects of the platform is hidden: a clone of them is `{}`, or cloning throws. */
function refusedClass(value: object): string | null {
  const name = platformClass(value);
  return name === null || CROSS_TO_THREADS.has(name) ? null : withArticle(name);
}

/**
 * What a value is, if only a thread can take it: a process would get `{}`, a copy, or a message that it cannot read.
 */
function sharedByThreads({ kind, value }: Step): string | null {
  if (kind === 'bytes' || kind === 'buffer') {
    return types.isSharedArrayBuffer(ArrayBuffer.isView(value) ? value.buffer : value) ? 'shared memory' : null;
  }
  if (kind !== 'instance') return null;
  if (types.isKeyObject(value)) return 'a KeyObject';
  const name = platformClass(value) ?? tagOf(value);
  return CROSS_TO_THREADS.has(name) || name === 'WebAssembly.Module' ? withArticle(name) : null;
}

/** The built-in classes by prototype, because there may be many instances of one class. */
const platformClasses = new WeakMap<object, string | null>();

/** The name of the built-in class of an object, if that is not `Object`; else null. */
function platformClass(value: object): string | null {
  const first = Object.getPrototypeOf(value) as object;
  let name = platformClasses.get(first);
  if (name === undefined) {
    name = findPlatformClass(first);
    platformClasses.set(first, name);
  }
  return name;
}

function findPlatformClass(first: object): string | null {
  for (
    let at: object | null = first;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const type: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof type === 'function' && isPlatformGlobal(type)) return type.name;
  }
  return null;
}

/**
 * Whether a class is built in. Built-in classes are hidden members of `globalThis`, or native ones in Bun; a class that
 * the user put there is neither. A global is read only if its name fits, because the first read of some globals loads a
 * big part of Node.js.
 */
function isPlatformGlobal(type: { readonly name: string }): boolean {
  if (!(type.name in globalObject)) return false;
  const isHidden = !isEnumerable(globalObject, type.name);
  const isBuiltIn = isHidden || stringIncludes(functionToString(type), '[native code]');
  return isBuiltIn && (globalObject as Record<string, unknown>)[type.name] === type;
}

/**
 * An own enumerable property that a clone leaves behind. Errors and objects of classes are not checked: what a class
 * does with symbols is its own business.
 */
function lostProperty({ kind, value }: Step): string | symbol | undefined {
  if (kind === 'error' || kind === 'instance') return undefined;
  const symbol = arrayFind(Object.getOwnPropertySymbols(value), (key) => isEnumerable(value, key));
  return symbol ?? lostName(kind, value);
}

/**
 * The name of a property that a clone leaves behind. Properties of plain objects and arrays cross. Properties of a
 * typed array are not checked, because they cannot be told from its items cheaply.
 */
function lostName(kind: Step['kind'], value: object): string | undefined {
  if (kind === 'plain' || kind === 'array' || kind === 'bare') return undefined;
  if (types.isTypedArray(value)) return undefined;
  return Object.keys(value)[types.isStringObject(value) ? value.length : 0];
}

/** The tag that the engine has for an object. */
export function tagOf(value: object): string {
  return stringSlice(objectToString(value), '[object '.length, -1);
}

function withArticle(name: string): string {
  return `${stringIncludes('AEIO', name[0] ?? '') ? 'an' : 'a'} ${name}`;
}
