import type { MessagePort } from 'node:worker_threads';
import type { Address } from './call.ts';
import type { SourceLoader } from './typescript.ts';

/**
 * Who this thread is. The members of a pool (threads, or processes) boot from the strings below, not
 * from a file of ours: that works in every bundle. The string leaves a marker on `globalThis` and loads
 * the copy of this library that started it; the face of that copy finds the marker and goes on
 * (runtime/serve.ts). The other side is executors/member.ts.
 */
export interface Role extends BootData {
  /** What the thread is a member of. */
  readonly kind: 'thread' | 'process';
  /** Sends a frame to the pool; it leaves at once, also when synchronous code follows. */
  readonly post: (frame: unknown) => void;
  /** Calls back with every frame that comes. */
  readonly listen: (handle: (frame: unknown) => void) => void;
  /** Takes one frame that has arrived and has not been handled, for synchronous code; undefined if there is none. */
  readonly takeArrived: () => unknown;
  /** Shared numbers: the run that has been asked to stop, whether a process exits, and how many frames for synchronous code have come. */
  readonly stopFlag: Int32Array;
  /** Imports or requires a module; here, where no bundler rewrites it. */
  readonly loadModule: (module: string) => Promise<unknown>;
  /** Lets this thread load TypeScript. */
  readonly useLoader: (loader: SourceLoader) => Promise<void>;
  /** Set when the copy of the library has taken this thread over. */
  isAttached: boolean;
  /** How the loading of that copy goes: in a bundle that is the user's own module. */
  libraryLoad: Promise<unknown>;
  /** How many tasks run here. */
  running: number;
  /** Where a thread takes its tasks from; null if each is sent to it. */
  readonly queue: QueueSeat | null;
  /** The second way of a process to its pool; null if there is none. */
  readonly lines: LinesToPool | null;
}

/**
 * Lines of text that a process writes to a pipe. A line costs little and is there at once: the pool has it also
 * if the process is killed at the next moment. What is posted and what is told arrive in their order.
 */
export interface LinesToPool {
  /** Adds a line. What it tells must be flushed before user code runs. */
  readonly tell: (line: string) => void;
  readonly flush: () => void;
  /** Takes a run that was sent ahead, to begin it; false if the pool has taken it back. */
  readonly claim: (run: number) => boolean;
}

/** The place of a thread at the run queue of its pool. */
export interface QueueSeat {
  readonly memory: SharedArrayBuffer;
  readonly slot: number;
  /** How the ids of its tasks begin. */
  readonly idPrefix: string;
  /** The definitions that have been named so far, by their numbers: it may take tasks before a frame comes. */
  readonly definitions: readonly Address[];
}

/** What a member is started with. */
export interface BootData {
  /** The file that the library was evaluated from: names the copy. A `file:` URL, or a path for CommonJS. */
  readonly library: string;
  readonly main: MainFile;
  /** How the program loads TypeScript; flags of the program that say so do not reach a thread. */
  readonly loader: SourceLoader | null;
  /** Modules that tasks of this pool have needed so far. */
  readonly preload: readonly string[];
  /** The pool's size, for what a task there wants to map. */
  readonly concurrency: number;
  /** The name of the aloop that it serves, any number of tasks at a time; null: one task at a time. */
  readonly aloop: string | null;
}

/** What a thread gets besides. */
export interface ThreadBoot extends BootData {
  /** The private channel to the pool. */
  readonly port: MessagePort;
  readonly stopFlag: Int32Array;
  readonly queue: QueueSeat | null;
}

/** What a process gets as its first message. */
export interface ProcessBoot extends BootData {
  /** The arguments of the program. */
  readonly argv: readonly string[];
  /** Whether it is to tell its pool by lines what a line can hold. */
  readonly tellsByLines: boolean;
}

/** The program's main file, as the program's own thread knows it. */
export interface MainFile {
  /** The same form as an address has; null where there is none. */
  readonly module: string | null;
  /** The last definition in it so far: its evaluation stops there. Infinity if its body is in `main`. */
  readonly lastOrdinal: number;
}

/** Whether a member evaluates the main file when it starts: in a bundle with the library, or ahead of its tasks. */
export function evaluatesMainFile({ main, library, preload }: BootData): boolean {
  return main.module !== null && (main.module === library || preload.includes(main.module));
}
/** The places in `stopFlag`. */
export const STOPPED_RUN = 0;
const EXITS = 1;
export const URGENT = 2;
/** So many runs at most wait in one process for the end of the one before. */
export const MOST_AHEAD = 64;
/** From here on: which runs have been claimed. More of them than a process ever has at a time. */
const CLAIMED = 3;
const CLAIMS = 4 * MOST_AHEAD;

/**
 * A run that was sent ahead is begun by the process or taken back by its watchdog, by whoever claims it first.
 * Runs are numbered in the order in which they begin, so a place only ever goes forward.
 */
const CLAIM = `
function claim(run) {
  const place = ${CLAIMED} + (run % ${CLAIMS});
  const seen = Atomics.load(stopFlag, place);
  return ((run - seen) | 0) > 0 && Atomics.compareExchange(stopFlag, place, seen, run | 0) === seen;
}`;

const MARKER = Symbol.for('atasker.role');

/**
 * Takes the role and loads the library. The form of an address tells how to load it; a test runner
 * names ES modules as if they were CommonJS, and so do Bun and Deno.
 */
const TAKE_ROLE = `
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
const importsAll = 'VITEST' in process.env || 'bun' in process.versions || 'deno' in process.versions;
async function loadModule(module) {
  if (module.startsWith('file:')) return import(module);
  if (importsAll) return import(pathToFileURL(module).href);
  try {
    return createRequire(module)(module);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(pathToFileURL(module).href);
  }
}
async function useLoader(loader) {
  if (loader.kind === 'ts-node') {
    if (!process[Symbol.for('ts-node.register.instance')]) require(loader.module).register(loader.options);
    return;
  }
  (await import(loader.esm)).register();
  require(loader.cjs).register();
}
async function loadLibrary(role) {
  if (role.loader !== null) await useLoader(role.loader);
  return loadModule(role.library);
}
function takeRole(link, boot) {
  const role = { ...boot, ...link, loadModule, useLoader, isAttached: false, running: 0 };
  globalThis[Symbol.for('atasker.role')] = role;
  role.libraryLoad = loadLibrary(role);
  role.libraryLoad.then(
    () => { if (!role.isAttached) role.post({ type: 'broken', text: role.library + ' does not bring atasker here; keep atasker out of the bundle (externals, serverExternalPackages)' }); },
    (error) => { if (!role.isAttached) role.post({ type: 'broken', text: String(error && error.stack || error) }); },
  );
}`;

/** The code that a pool thread starts with. */
export const THREAD_BOOT_SOURCE = `${TAKE_ROLE}
const { receiveMessageOnPort, workerData } = require('node:worker_threads');
const { port, stopFlag, ...boot } = workerData.atasker;
takeRole({
  kind: 'thread',
  post: (frame) => port.postMessage(frame),
  listen: (handle) => port.on('message', handle),
  takeArrived: () => receiveMessageOnPort(port)?.message,
  stopFlag,
  lines: null,
}, boot);`;

/**
 * The watchdog of a process: a thread that waits for what comes through the inherited pipe 4. Each line is a
 * frame, which it makes visible to synchronous code. The end of the pipe is the end of the parent:
 * then it ends the process, whatever that is doing. A process that exits by itself says so first: the parent
 * then ends the pipe, for an exit waits for all threads, and a thread that reads cannot be interrupted.
 */
const WATCHDOG_SOURCE = `
const { readSync, writeSync } = require('node:fs');
const { deserialize } = require('node:v8');
const { port, stopFlag } = require('node:worker_threads').workerData;
const PIPE = 4;${CLAIM}
/** A run that cannot be taken back has begun, and is asked to stop instead if there is a reason. */
function takeBack({ first, last, reason }) {
  let lines = '';
  for (let run = last; run >= first; run -= 1) {
    if (claim(run)) lines += '-' + run + '\\n';
    else if (reason !== null) handle({ type: 'stop', run, reason });
  }
  if (lines !== '') writeSync(PIPE, lines);
}
function handle(frame) {
  if (frame.type === 'takeBack') return takeBack(frame);
  port.postMessage(frame);
  if (frame.type === 'stop') Atomics.store(stopFlag, ${STOPPED_RUN}, frame.run);
  Atomics.add(stopFlag, ${URGENT}, 1);
  Atomics.notify(stopFlag, ${URGENT});
}
const chunk = Buffer.alloc(65536);
let rest = '';
for (;;) {
  let length = 0;
  try { length = readSync(PIPE, chunk); } catch (error) { if (error.code === 'EAGAIN') continue; }
  if (length === 0 && Atomics.load(stopFlag, ${EXITS}) === 1) break;
  if (length === 0) process.kill(process.pid, 'SIGKILL');
  const lines = (rest + chunk.latin1Slice(0, length)).split('\\n');
  rest = lines.pop();
  for (const line of lines) handle(deserialize(Buffer.from(line, 'base64')));
}`;

/** The code that a process starts with: it waits for its first message. The channel is ours: no module is to use or close it. */
export const PROCESS_BOOT_SOURCE = `${TAKE_ROLE}
const { MessageChannel, receiveMessageOnPort, Worker } = require('node:worker_threads');
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
const { writeSync } = require('node:fs');
const PIPE = 4;
process.once('message', ({ argv, tellsByLines, ...boot }) => {
  const { port1, port2 } = new MessageChannel();
  const stopFlag = new Int32Array(new SharedArrayBuffer(4 * ${CLAIMED + CLAIMS}));
  const workerData = { port: port2, stopFlag };
  const watchdog = new Worker(${JSON.stringify(WATCHDOG_SOURCE)}, { eval: true, workerData, transferList: [port2], execArgv: [] });
  watchdog.unref();
  process.argv = [process.execPath, 'atasker', ...argv];
  const send = process.send.bind(process);
  process.send = undefined;
  process.disconnect = undefined;${CLAIM}
  let posted = 0;
  let told = 0;
  let text = '';
  function tell(line) {
    told += 1;
    text += posted + ' ' + line + '\\n';
  }
  function flush() {
    if (text === '') return;
    const bytes = Buffer.from(text);
    text = '';
    for (let at = 0; at < bytes.length; ) {
      try { at += writeSync(PIPE, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') return; }
    }
  }
  function post(frame) {
    flush();
    send({ after: told, frame });
    posted += 1; // now: what cannot be cloned is not sent
  }
  process.on('exit', () => {
    Atomics.store(stopFlag, ${EXITS}, 1);
    if (process.connected) post({ type: 'exiting' });
  });
  takeRole({
    kind: 'process',
    post,
    lines: tellsByLines ? { tell, flush, claim } : null,
    listen: (handle) => {
      process.on('message', handle);
      port1.on('message', handle);
      port1.unref();
    },
    takeArrived: () => receiveMessageOnPort(port1)?.message,
    stopFlag,
    queue: null,
  }, boot);
});`;

function findRole(): Role | null {
  return (globalThis as { [MARKER]?: Role })[MARKER] ?? null;
}

/** The role of a pool thread; null in any other thread, also in one that the user made. */
export const role: Role | null = findRole();

/** Whether this code runs in a member of a pool: a thread of it, or a process. */
export const isPoolThread: boolean = role !== null;
