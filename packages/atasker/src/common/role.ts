import { Symbol, globalObject } from '../platform/primordials.ts';

/** What the library knows about the pool member (thread or process) that it runs in. */
export interface Membership {
  /** The file that the library was evaluated from, which identifies the copy: a `file:` URL, or a path for CommonJS. */
  readonly library: string;
  readonly main: MainFile;
  /** The clock of the program minus its wall clock (clock.ts). */
  readonly clockOffsetMs: number;
}

/** The program's main file, as the program's own thread knows it. */
export interface MainFile {
  /** The main file in the form of an address; null if there is none. */
  readonly module: string | null;
  /**
   * The ordinal of its last definition so far, where members end the evaluation. Infinity if the body of the file is in
   * `main`.
   */
  readonly lastOrdinal: number;
}

const MARKER = Symbol.for('atasker.role');

function findMembership(): Membership | null {
  return (globalObject as { [MARKER]?: Membership })[MARKER] ?? null;
}

/** The membership of this thread; null in any other thread, also in a thread that the user made. */
export const role: Membership | null = findMembership();

/** Whether this code runs in a pool member: a thread, or a process. */
export const isPoolThread: boolean = role !== null;
