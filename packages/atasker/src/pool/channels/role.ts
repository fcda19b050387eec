import type { MessagePort } from 'node:worker_threads';
import { role, type Membership } from '../../common/role.ts';
import type { SourceLoader } from '../../modules/typescript.ts';
import { arrayIncludes } from '../../platform/methods.ts';
import type { Address } from '../../task/call.ts';
import type { LoadSeat } from './load-seats.ts';

/**
 * A member of a pool (a thread, or a process) boots from the code in channels/boot, which publishes this on `globalThis`
 * before any code of the user runs, and loads the copy of this library that started it. The face of that copy takes the
 * role and goes on (thread/take-over.ts). The other side is member/member.ts.
 */
export interface PoolMembership extends BootData {
  /** What the thread is a member of. */
  readonly kind: 'thread' | 'process';
  /** How many tasks run here. */
  readonly running: number;
  /** Gives the ways to the pool, once: null if they have been taken. */
  readonly take: () => Role | null;
}

/** A membership with the ways to the pool. User code cannot reach them. */
export interface Role extends BootData {
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
  /** Listens to an event of `process`; user code cannot remove the listener. */
  readonly keepListener: (event: string, listener: (...args: never[]) => void) => void;
  /** Set when the copy of the library has taken this thread over. */
  isAttached: boolean;
  /** Whether all modules that are preloaded have been evaluated. */
  hasBegun: boolean;
  /** What is to be called then; null if the library has not been evaluated yet. */
  attach: (() => void) | null;
  /** How the loading of that copy goes: in a bundle that is the user's own module. */
  libraryLoad: Promise<unknown>;
  /** How many tasks run here. */
  running: number;
  /** Where a thread takes its tasks from; null if each is sent to it. */
  readonly queue: QueueAccess | null;
  /** How a thread sees whether it may load modules; a process has none and asks. */
  readonly loadSeat?: LoadSeat | null;
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
  /** Takes a prefetched run, to begin it; false if the pool has taken it back. */
  readonly claim: (run: number) => boolean;
}

/** The place of a thread at the run queue of its pool. */
export interface QueueAccess {
  readonly memory: SharedArrayBuffer;
  readonly seat: number;
  /** How the ids of its tasks begin. */
  readonly idPrefix: string;
  /** The definitions that have been named so far, by their numbers: it may take tasks before a frame comes. */
  readonly definitions: readonly Address[];
  /** The memory that entries may refer to so far, by its numbers. */
  readonly chunks: readonly (readonly [chunk: number, memory: SharedArrayBuffer])[];
}

/** What a member is started with. */
export interface BootData extends Membership {
  /** How the program loads TypeScript; flags of the program that say so do not reach a thread. */
  readonly loader: SourceLoader | null;
  /** Modules that tasks of this pool have needed so far. */
  readonly preload: readonly string[];
  /** The pool's size, for what a task there wants to map. */
  readonly concurrency: number;
  /** The name of the aloop that it serves, any number of tasks at a time; null: one task at a time. */
  readonly aloop: string | null;
}

/** What a member shows of the program in place of what it was started with itself. */
export interface Restored {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  /** Variables of the environment; null: it has none of that name. */
  readonly env: Readonly<Record<string, string | null>>;
}

/** A module that a thread loads before the library, as a flag of `execArgv` says. */
export interface Preload {
  readonly module: string;
  /** Whether it is required, not imported. */
  readonly isRequired: boolean;
}

/** What a thread gets besides. */
export interface ThreadBoot extends BootData {
  /** Empty where the runtime itself does that. */
  readonly ahead: readonly Preload[];
  readonly restored: Restored;
  /** The private channel to the pool. */
  readonly port: MessagePort;
  readonly stopFlag: Int32Array;
  readonly queue: QueueAccess | null;
  readonly loadSeat: LoadSeat | null;
}

/** What a process gets as its first message. */
export interface ProcessBoot extends BootData {
  readonly restored: Restored;
  /** The folder to change to once all modules have been preloaded; null: it is there. */
  readonly cwd: string | null;
  /** Whether it is to tell its pool by lines what a line can hold. */
  readonly tellsByLines: boolean;
}

/** Whether a member evaluates the main file when it starts: in a bundle with the library, or ahead of its tasks. */
export function evaluatesMainFile({ main, library, preload }: BootData): boolean {
  return main.module !== null && (main.module === library || arrayIncludes(preload, main.module));
}

/** What this thread is a member of; null in any other thread. */
export const membership = role as PoolMembership | null;
