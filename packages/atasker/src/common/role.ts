import { Symbol, globalObject } from '../platform/primordials.ts';

/** What all code of the library may know of the member of a pool (a thread, or a process) that it runs in. */
export interface Membership {
  /** The file that the library was evaluated from: names the copy. A `file:` URL, or a path for CommonJS. */
  readonly library: string;
  readonly main: MainFile;
  /** How far the clock of the program is from its wall clock (clock.ts). */
  readonly clockOffsetMs: number;
}

/** The program's main file, as the program's own thread knows it. */
export interface MainFile {
  /** The same form as an address has; null where there is none. */
  readonly module: string | null;
  /** The last definition in it so far: its evaluation stops there. Infinity if its body is in `main`. */
  readonly lastOrdinal: number;
}

const MARKER = Symbol.for('atasker.role');

function findMembership(): Membership | null {
  return (globalObject as { [MARKER]?: Membership })[MARKER] ?? null;
}

/** What this thread is a member of; null in any other thread, also in one that the user made. */
export const role: Membership | null = findMembership();

/** Whether this code runs in a member of a pool: a thread of it, or a process. */
export const isPoolThread: boolean = role !== null;
