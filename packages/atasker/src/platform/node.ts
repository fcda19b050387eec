/** What Node.js adds to the language, taken once like `primordials.ts`, if possible from the modules of Node.js. */
import { AsyncResource, AsyncLocalStorage as NodeAsyncLocalStorage } from 'node:async_hooks';
import { Buffer as NodeBuffer } from 'node:buffer';
import { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import * as perfHooks from 'node:perf_hooks';
import * as timers from 'node:timers';
import * as url from 'node:url';
import * as v8 from 'node:v8';
import { MessagePort, Worker } from 'node:worker_threads';
import { bytesSet } from './methods.ts';
import { boundCopy, copyConstructor, getterOf, ownMethods, takeOver, uncurry } from './copies.ts';

const world = globalThis;

// A DOM emulation or fake timers may have replaced the globals before this import; they hardly ever replace the
// modules.
export const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = timers;
export const performance: Pick<typeof perfHooks.performance, 'now' | 'timeOrigin'> = {
  timeOrigin: perfHooks.performance.timeOrigin,
  now: perfHooks.performance.now.bind(perfHooks.performance),
};
export const { DOMException, structuredClone } = world;

/** Not imported: `import 'node:process'` reads each property of it, which opens the standard streams and takes 5 ms. */
const nodeProcess = world.process;

/** The functions of `process` as they were at the import. Properties that are not functions are read at each access. */
export const process: NodeJS.Process = boundCopy(nodeProcess);
/** The real `process` object, for writing to it. */
export const realProcess: NodeJS.Process = nodeProcess;

// Events

export const addListener = uncurry(EventEmitter.prototype.on);
export const removeListener = uncurry(EventEmitter.prototype.removeListener);
export const getMaxListeners = uncurry(EventEmitter.prototype.getMaxListeners);
export const setMaxListeners = uncurry(EventEmitter.prototype.setMaxListeners);

let { emit } = nodeProcess;

/**
 * Whether somebody has replaced the `emit` of `process`, which Node.js calls for events, by a function that emits none.
 */
export function isProcessBroken(): boolean {
  try {
    if (nodeProcess.emit === emit) return false;
    if (!emitsEvents()) return true;
    emit = nodeProcess.emit; // replaced by a loader or an instrument, which passes events on
    return false;
  } catch {
    return true;
  }
}

function emitsEvents(): boolean {
  const event = Symbol('atasker');
  let isHeard = false;
  const listener = (): void => {
    isHeard = true;
  };
  addListener(nodeProcess, event, listener);
  try {
    nodeProcess.emit(event as never);
  } finally {
    removeListener(nodeProcess, event, listener);
  }
  return isHeard;
}

// Timers

const someTimer = timers.setTimeout(() => {}, 0);
timers.clearTimeout(someTimer);
export const refTimer = uncurry(someTimer.ref) as (timer: NodeJS.Timeout) => unknown;
export const unrefTimer = uncurry(someTimer.unref) as (timer: NodeJS.Timeout) => unknown;

// Signals

/** The class of Node.js itself, even where an emulation has replaced the global class. */
export const AbortController: typeof world.AbortController = nativeAbortController();

function nativeAbortController(): typeof world.AbortController {
  const { transferableAbortController: make } = nodeProcess.getBuiltinModule('node:util') as {
    transferableAbortController?: () => AbortController;
  };
  return make === undefined ? world.AbortController : (make().constructor as typeof world.AbortController);
}

const someSignal = new AbortController().signal;
const takeOverSignal = takeOver(Reflect.getPrototypeOf(someSignal) as AbortSignal);
const signalIn = getterOf(AbortController.prototype, 'signal');

/**
 * The signal of a controller. It gets its own copies of the methods that Node.js calls to abort it, so nobody can
 * replace them.
 */
export function signalOf(controller: AbortController): AbortSignal {
  return takeOverSignal(signalIn(controller));
}

export const isAborted = getterOf(Reflect.getPrototypeOf(someSignal) as AbortSignal, 'aborted');
export const reasonOf = getterOf(Reflect.getPrototypeOf(someSignal) as AbortSignal, 'reason');
const abortBy = uncurry(AbortController.prototype.abort) as (controller: AbortController, reason?: unknown) => void;

export function abort(controller: AbortController, reason?: unknown): void {
  signalOf(controller);
  abortBy(controller, reason);
}

// Async context

export const AsyncLocalStorage = ownMethods(
  class<T> extends NodeAsyncLocalStorage<T> {},
) as unknown as typeof NodeAsyncLocalStorage;

export const runInScope = uncurry(AsyncResource.prototype.runInAsyncScope) as <A extends readonly unknown[], R>(
  scope: AsyncResource,
  fn: (...args: A) => R,
  self?: unknown,
  ...args: A
) => R;

// Values as bytes

export const Serializer = ownMethods(
  class extends v8.Serializer {
    constructor() {
      super();
    }
  },
);
export type Serializer = v8.Serializer;
export const Deserializer = ownMethods(
  class extends v8.Deserializer {
    constructor(bytes: NodeJS.TypedArray) {
      super(bytes);
    }
  },
);
export type Deserializer = v8.Deserializer;

// Addresses

export const { URL } = url;
export const hrefOf = getterOf(URL.prototype, 'href');
export const searchOf = getterOf(URL.prototype, 'search');
export const hashOf = getterOf(URL.prototype, 'hash');

// Bytes

export const Buffer = copyConstructor(NodeBuffer);
const isNode = !('bun' in nodeProcess.versions) && !('deno' in nodeProcess.versions);

/** From this size on, keeping freed memory is worthwhile. */
const KEPT_BYTES = 65_536;
/** The largest freed block by which the allocator of glibc raises its limits. */
const LARGEST_LEARNT_BYTES = 32_000_000;
let keepsFreed = false;

/**
 * Makes the allocator keep freed memory, up to 64 MB, for the next values. By default glibc returns memory to the
 * system as soon as 128 KB are free, so each value of 100 KB would cost 25 page faults, which take longer than the copy
 * itself. glibc keeps twice the size of the largest block of up to 32 MB that was freed; so one such block is freed
 * here, without having been touched.
 */
function keepFreed(): void {
  keepsFreed = true;
  try {
    structuredClone(null, { transfer: [Buffer.allocUnsafeSlow(LARGEST_LEARNT_BYTES).buffer] });
  } catch {
    // there is not enough address space
  }
}

/** Allocates memory of its own for a number of bytes. The memory is not initialised. */
export function newBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length >= KEPT_BYTES && isNode && !keepsFreed) keepFreed();
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.buffer.byteLength === length ? bytes : new Uint8Array(length);
}

const fill = uncurry(NodeBuffer.prototype.fill as (value: Uint8Array, start: number, end: number) => Buffer);
/** For fewer bytes `fill` is not faster. */
const LEAST_FILLED = 256;

/**
 * Copies bytes. If one side is shared memory, `set` copies single words or even bytes; `fill` of Node.js treats all
 * memory alike.
 */
export function copyBytes(target: Uint8Array, source: Uint8Array, at = 0): void {
  const { byteLength } = source;
  if (isNode && byteLength >= LEAST_FILLED) fill(target as Buffer, source, at, at + byteLength);
  else bytesSet(target, source, at);
}

interface NativeBuffer {
  readonly utf8Slice?: (start: number, end: number) => string;
  readonly utf8Write?: (text: string, start: number, length: number) => number;
  readonly base64Slice?: (start: number, end: number) => string;
  readonly latin1Slice?: (start: number, end: number) => string;
  readonly latin1Write?: (text: string, start: number, length: number) => number;
  readonly ucs2Slice?: (start: number, end: number) => string;
  readonly ucs2Write?: (text: string, start: number, length: number) => number;
}
const bufferPrototype = NodeBuffer.prototype as unknown as NativeBuffer;
const toText = uncurry(NodeBuffer.prototype.toString);
const write = uncurry(NodeBuffer.prototype.write as (...args: [string, number, number, BufferEncoding]) => number);

// Other methods of Buffer look up these methods, which only some runtimes have.
type ReadsText = (bytes: Buffer, start: number, end: number) => string;
type WritesText = (bytes: Buffer, text: string, start: number, room: number) => number;

function reads(encoding: BufferEncoding, own: NativeBuffer['latin1Slice']): ReadsText {
  if (own !== undefined) return uncurry(own as never) as never;
  return (bytes, start, end) => toText(bytes, encoding, start, end) as string;
}

function writes(encoding: BufferEncoding, own: NativeBuffer['latin1Write']): WritesText {
  if (own !== undefined) return uncurry(own as never) as never;
  return (bytes, text, start, room) => write(bytes, text, start, room, encoding);
}

/** Reads text from the bytes between two positions. */
export const readUtf8 = reads('utf8', bufferPrototype.utf8Slice);
/** Writes text into a limited number of bytes; returns how many bytes were written. */
export const writeUtf8 = writes('utf8', bufferPrototype.utf8Write);
export const readLatin1 = reads('latin1', bufferPrototype.latin1Slice);
export const writeLatin1 = writes('latin1', bufferPrototype.latin1Write);
export const readUtf16 = reads('utf16le', bufferPrototype.ucs2Slice);
export const writeUtf16 = writes('utf16le', bufferPrototype.ucs2Write);

const base64 = reads('base64', bufferPrototype.base64Slice);

export function bytesToString(bytes: Buffer): string {
  return readUtf8(bytes, 0, bytes.length);
}

export function bytesToBase64(bytes: Uint8Array): string {
  return base64(bytes as Buffer, 0, bytes.length);
}

export function bytesFromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

// Ports, threads, processes and streams: Node.js calls their methods too, so they get the methods of the import time

export const ownPort = takeOver(MessagePort.prototype);
export const ownWorker = takeOver(Worker.prototype);
export const ownChild = takeOver(ChildProcess.prototype);
export const ownSocket = takeOver(Socket.prototype);
