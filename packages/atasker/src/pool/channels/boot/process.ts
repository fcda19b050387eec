/** What a process of a pool boots from. pool/channels/process.ts is the other end. */
import { createReadStream } from 'node:fs';
import net from 'node:net';
import type { Readable } from 'node:stream';
import workerThreads from 'node:worker_threads';
import type { ProcessBoot } from '../role.ts';
import {
  disarm,
  exchange,
  keepMethods,
  killProcess,
  readSync,
  receiveMessageOnPort,
  store,
  uncurried,
  wait,
} from './captured.ts';
import { EXITS, HAS_BEGUN, NEVER, PROCESS_NUMBERS } from './claims.ts';
import { MEMBER_VARIABLE, SOCKET_FD } from './descriptors.ts';
import { forgetPreload, restore } from './environment.ts';
import { bodyLength, decodeBody, encodeMessage, HEADER_BYTES, MessageReader } from './framing.ts';
import { Lines, writeAll } from './lines.ts';
import { keepListener } from './listeners.ts';
import { begin as beginRole, publish } from './membership.ts';
import { WATCHDOG_TEXT } from './texts/watchdog.ts';

const { MessageChannel, Worker } = workerThreads;
const exit = process.exit.bind(process);
const chdir = process.chdir.bind(process);

/**
 * A process does nothing on these signals, because the program decides what they mean. A terminal sends a signal to the
 * whole group, so the processes of the program receive it too.
 */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM'];

function takeProcess(): () => void {
  if (!workerThreads.isMainThread || !(MEMBER_VARIABLE in process.env)) return forgetPreload;
  const numbers = new Int32Array(new SharedArrayBuffer(4 * PROCESS_NUMBERS));
  const { cwd, restored, tellsByLines, ...data } = readBoot(numbers);
  const { port1, port2 } = new MessageChannel();
  // Written without `new Worker(…)`, because bundlers take what they see after `new Worker` for a file.
  const options = { eval: true, workerData: { port: port2, numbers }, transferList: [port2], execArgv: [], env: {} };
  (Reflect.construct(Worker, [WATCHDOG_TEXT, options]) as InstanceType<typeof Worker>).unref();
  keepMethods(port1);
  for (const signal of SIGNALS) keepListener(signal, () => {});
  const lines = new Lines(numbers);
  endWell(numbers, lines);
  const { socket, write } = openSocket();
  const post = (frame: unknown): void => {
    lines.flush();
    write(encodeMessage({ after: lines.told, frame }));
    lines.posted += 1; // counted after `write`: a value that cannot be cloned is not sent
  };
  restore(restored);
  const role = publish({
    ...data,
    kind: 'process',
    post,
    lines: tellsByLines ? lines : null,
    listen: (handle) => {
      const reader = new MessageReader(handle);
      socket.on('data', (chunk: Buffer) => reader.add(chunk));
      disarm(socket, [...LISTENING, ...WRITING]);
      port1.on('message', handle);
      port1.unref();
    },
    takeArrived: () => receiveMessageOnPort(port1)?.message as unknown,
    stopFlag: numbers,
    queue: null,
    keepListener,
  });
  return () => {
    socket.on('error', () => {}); // the `end` or `close` event follows
    socket.on('end', () => exit()); // the program is gone
    socket.on('close', () => exit());
    restore({ ...restored, env: {} }); // Node.js has put the name of the boot file among the arguments
    if (cwd !== null) chdir(cwd);
    printAtOnce();
    store(numbers, HAS_BEGUN, 1);
    beginRole(role);
  };
}

/**
 * Methods of the socket that a task may call on all handles of its process, and that nobody needs to call on this one.
 */
const LISTENING = ['unref', 'pause', 'setEncoding', 'removeAllListeners', 'removeListener', 'off'];
const WRITING = ['cork', 'uncork', 'write', 'end', 'destroy', 'destroySoon', 'resetAndDestroy'];

/**
 * Makes printing synchronous: printed text is in the pipe when the call returns, so that the text is not lost when the
 * process is ended.
 */
function printAtOnce(): void {
  for (const { _handle: handle } of [process.stdout, process.stderr] as unknown as StreamWithHandle[])
    handle?.setBlocking?.(true);
}

interface StreamWithHandle {
  readonly _handle?: { setBlocking?(isBlocking: boolean): void } | null;
}

interface BootSocket {
  readonly socket: Readable;
  readonly write: (pieces: readonly Uint8Array[]) => void;
}

/** Opens the socket to the pool. Bun does not read from a `net.Socket` that is made from a descriptor. */
function openSocket(): BootSocket {
  if ('bun' in process.versions) {
    return {
      socket: createReadStream('', { fd: SOCKET_FD, autoClose: false }),
      write: (pieces) => forAll(pieces, (bytes) => writeAll(SOCKET_FD, bytes)),
    };
  }
  const socket = keepMethods(new net.Socket({ fd: SOCKET_FD, readable: true, writable: true }));
  const write = uncurried(socket.write as (this: net.Socket, bytes: Uint8Array) => boolean);
  const cork = uncurried(socket.cork as (this: net.Socket) => void);
  const uncork = uncurried(socket.uncork as (this: net.Socket) => void);
  return {
    socket,
    write(pieces) {
      if (pieces.length > 1) cork(socket);
      forAll(pieces, (bytes) => write(socket, bytes));
      if (pieces.length > 1) uncork(socket);
    },
  };
}

/** A loop that user code cannot change by replacing methods of arrays. */
function forAll<T>(items: readonly T[], use: (item: T) => unknown): void {
  for (let at = 0; at < items.length; at += 1) use(items[at]!);
}

/** Reads the first message of the pool, before any user code runs. */
function readBoot(numbers: Int32Array): ProcessBoot {
  const header = readBytes(HEADER_BYTES, numbers);
  const { message, parts } = decodeBody(readBytes(bodyLength(header, 0), numbers));
  forAll(parts, (part) => readInto(part, numbers));
  return message as ProcessBoot;
}

function readBytes(length: number, numbers: Int32Array): Buffer {
  return readInto(Buffer.alloc(length), numbers);
}

function readInto(bytes: Buffer, numbers: Int32Array): Buffer {
  const { length } = bytes;
  for (let at = 0; at < length;) {
    try {
      const read = readSync(SOCKET_FD, bytes, at, length - at, null);
      if (read === 0) killProcess(process.pid, 'SIGKILL'); // the program is gone
      at += read;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      wait(numbers, NEVER, 0, 1);
    }
  }
  return bytes;
}

/**
 * Tells the pool when the process exits by itself. The parent then ends the pipe, because an exit waits for all
 * threads, and the watchdog cannot be interrupted while it reads. Listening to `exit` is not enough: an uncaught error
 * ends a process without `reallyExit`, and user code may call `reallyExit` without an `exit` event.
 */
function endWell(numbers: Int32Array, lines: Lines): void {
  const leave = (): void => {
    if (exchange(numbers, EXITS, 1) === 0) lines.exiting();
  };
  keepListener('exit', leave);
  const internals = process as unknown as ProcessInternals;
  const { reallyExit } = internals;
  internals.reallyExit = (code) => {
    leave();
    return reallyExit.call(process, code);
  };
  if (typeof internals._fatalException !== 'function') return; // Bun and Deno have none
  const isHandled = uncurried(internals._fatalException);
  internals._fatalException = (error, isRejection) => {
    let handled = false;
    try {
      return (handled = isHandled(process, error, isRejection));
    } finally {
      if (!handled) leave(); // also if user code has replaced the function that emits `exit`
    }
  };
}

interface ProcessInternals {
  reallyExit(code?: number): never;
  /** Returns whether somebody has handled the error. If not, the process exits. */
  _fatalException(this: unknown, error: unknown, isRejection: boolean): boolean;
}

/** Called when all modules that are preloaded have been evaluated. */
export const begin: () => void = takeProcess();
