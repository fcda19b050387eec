import type { MessagePort } from 'node:worker_threads';

/**
 * Who this thread is. A pool thread boots from the string below, not from a file of ours: that works
 * in every bundle. The string leaves a marker on `globalThis` and loads the copy of this library that
 * started it; the face of that copy finds the marker and goes on (runtime/serve.ts).
 * The other side is executors/thread.ts.
 */
export interface Role extends BootData {
  /** Imports or requires a module; here, where no bundler rewrites it. */
  readonly loadModule: (module: string) => Promise<unknown>;
  /** Set when the copy of the library has taken this thread over. */
  isAttached: boolean;
  /** How the loading of that copy goes: in a bundle that is the user's own module. */
  libraryLoad: Promise<unknown>;
  /** How many tasks run here. */
  running: number;
}

/** What a pool thread is started with. */
export interface BootData {
  /** The file that the library was evaluated from: names the copy. A `file:` URL, or a path for CommonJS. */
  readonly library: string;
  /** The private channel to the pool. */
  readonly port: MessagePort;
  /** One shared number: the run that has been asked to stop. */
  readonly stopFlag: Int32Array;
  readonly main: MainFile;
  /** Modules that tasks of this pool have needed so far. */
  readonly preload: readonly string[];
  /** The pool's size, for what a task in the thread wants to map. */
  readonly concurrency: number;
}

/** The program's main file, as the program's own thread knows it. */
export interface MainFile {
  /** The same form as an address has; null where there is none. */
  readonly module: string | null;
  /** The last definition in it so far: its evaluation stops there. Infinity if its body is in `main`. */
  readonly lastOrdinal: number;
}

const MARKER = Symbol.for('atasker.role');

/** The code that a pool thread starts with. The form of an address tells how to load it. */
export const BOOT_SOURCE = `
const { createRequire } = require('node:module');
const loadModule = async (module) => module.startsWith('file:') ? import(module) : createRequire(module)(module);
const role = { ...require('node:worker_threads').workerData.atasker, loadModule, isAttached: false, running: 0 };
globalThis[Symbol.for('atasker.role')] = role;
role.libraryLoad = loadModule(role.library);
role.libraryLoad.catch((error) => {
  if (!role.isAttached) role.port.postMessage({ type: 'broken', text: String(error && error.stack || error) });
});`;

function findRole(): Role | null {
  return (globalThis as { [MARKER]?: Role })[MARKER] ?? null;
}

/** The role of a pool thread; null in any other thread, also in one that the user made. */
export const role: Role | null = findRole();

/** Whether this code runs in a thread of a pool. */
export const isPoolThread: boolean = role !== null;
