import type { MessagePort } from 'node:worker_threads';
import { role, type Membership } from '../../common/role.ts';
import type { SourceLoader } from '../../modules/typescript.ts';
import { arrayIncludes } from '../../platform/methods.ts';
import type { Address } from '../../task/call.ts';
import type { LoadSeat } from './load-seats.ts';

/**
 * A member of a pool (a thread, or a process) boots from the code in channels/boot. Before any user code runs, that
 * code publishes this object on `globalThis`. It then loads the copy of the library that started the member, which
 * takes the role and goes on (thread/take-over.ts). The other side is member/member.ts.
 */
export interface PoolMembership extends BootData {
  /** Whether the member is a thread or a process. */
  readonly kind: 'thread' | 'process';
  /** How many tasks run in this member. */
  readonly running: number;
  /** Gives the links to the pool, once: null if they have been taken. */
  readonly take: () => Role | null;
}

/** A membership with the links to the pool, which user code cannot reach. */
export interface Role extends BootData {
  readonly kind: 'thread' | 'process';
  /** Sends a frame to the pool. The frame leaves at once, also when synchronous code follows. */
  readonly post: (frame: unknown) => void;
  /** Calls `handle` with every frame that arrives. */
  readonly listen: (handle: (frame: unknown) => void) => void;
  /** Takes one frame that has arrived and has not been handled, for synchronous code; undefined if there is none. */
  readonly takeArrived: () => unknown;
  /**
   * The shared numbers (boot/claims.ts): the run that has been asked to stop, whether a process exits, and how many
   * frames for synchronous code have come.
   */
  readonly stopFlag: Int32Array;
  /** Imports or requires a module. The function is a part of the boot code, which no bundler rewrites. */
  readonly loadModule: (module: string) => Promise<unknown>;
  /** Lets this thread load TypeScript. */
  readonly useLoader: (loader: SourceLoader) => Promise<void>;
  /** Listens to an event of `process`; user code cannot remove the listener. */
  readonly keepListener: (event: string, listener: (...args: never[]) => void) => void;
  /** Whether the copy of the library has taken this thread over. */
  isAttached: boolean;
  /** Whether all preloaded modules have been evaluated. */
  hasBegun: boolean;
  /** Called when all preloaded modules have been evaluated; null if the library has not been evaluated yet. */
  attach: (() => void) | null;
  /** Settles when that copy of the library has been loaded. In a bundle, that is the load of the user's own module. */
  libraryLoad: Promise<unknown>;
  /** How many tasks run in this member. */
  running: number;
  /** The run queue from which a thread takes its tasks; null if each task is sent to the member. */
  readonly queue: QueueAccess | null;
  /** Where a thread sees whether it may load modules; a process has none and asks its pool. */
  readonly loadSeat?: LoadSeat | null;
  /** The second link from a process to its pool; null if there is none. */
  readonly lines: LinesToPool | null;
}

/**
 * Lines of text that a process writes to a pipe. A line costs little and is in the pipe at once: the pool gets the line
 * even if the process is killed at the next moment. Messages and lines arrive in the order in which they were sent.
 */
export interface LinesToPool {
  /** Adds a line. The line must be flushed before user code runs. */
  readonly tell: (line: string) => void;
  readonly flush: () => void;
  /** Claims a prefetched run to begin it; false if the pool has taken the run back. */
  readonly claim: (run: number) => boolean;
}

/** How a thread takes part in the run queue of its pool. */
export interface QueueAccess {
  readonly memory: SharedArrayBuffer;
  readonly seat: number;
  /** The prefix of the ids of its tasks. */
  readonly idPrefix: string;
  /** The definitions that have been named so far, by number: the thread may take tasks before a frame arrives. */
  readonly definitions: readonly Address[];
  /** The chunks of memory that entries may refer to so far, by number. */
  readonly chunks: readonly (readonly [chunk: number, memory: SharedArrayBuffer])[];
}

/** What a member is started with. */
export interface BootData extends Membership {
  /** How the program loads TypeScript: flags of the program that say so do not reach a thread. */
  readonly loader: SourceLoader | null;
  /** Modules that tasks of this pool have needed so far. */
  readonly preload: readonly string[];
  /** The size of the pool, which is the concurrency of a map that a task there runs. */
  readonly concurrency: number;
  /** The name of the aloop that the member serves, with any number of tasks at a time; null: one task at a time. */
  readonly aloop: string | null;
}

/** What a member shows of the program, in place of what the member itself was started with. */
export interface Restored {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  /** Variables of the environment; null for a variable that the program does not have. */
  readonly env: Readonly<Record<string, string | null>>;
}

/** A module that a thread loads before the library, as a flag of `execArgv` says. */
export interface Preload {
  readonly module: string;
  /** Whether the module is required instead of imported. */
  readonly isRequired: boolean;
}

/** What a thread gets in addition. */
export interface ThreadBoot extends BootData {
  /** Modules to load before the library; empty where the runtime itself preloads them. */
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
  /** The folder to change to once all modules have been preloaded; null if the process is there already. */
  readonly cwd: string | null;
  /** Whether the process tells its pool in lines what a line can hold. */
  readonly tellsByLines: boolean;
}

/**
 * Whether a member evaluates the main file when it starts: in a bundle with the library, or preloaded ahead of its
 * tasks.
 */
export function evaluatesMainFile({ main, library, preload }: BootData): boolean {
  return main.module !== null && (main.module === library || arrayIncludes(preload, main.module));
}

/** What this thread is a member of; null in a thread that is not a member. */
export const membership = role as PoolMembership | null;
