/**
 * What goes over the channel between a pool (pool/member/member.ts) and a pool thread
 * (pool/thread/serve.ts), one union per direction. A run is numbered by the pool, a child by the thread.
 */
import type { LockUser } from '../core/lock-table.ts';
import type { Priority } from '../core/priority.ts';
import type { Address, TaskSpec } from '../task/call.ts';
import type { ErrorRecord, Property, WireValue } from './marks.ts';

/** How a task ended, on the wire. */
export type WireOutcome =
  | ({ readonly kind: 'completed' } & WireValue)
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  | { readonly kind: 'canceled'; readonly reason: Property };

/** The options of a child; what is a function or a signal stays in the parent's thread. */
export type WireSpec = TaskSpec & { readonly callback: null; readonly signal: null };

/** Arguments as they cross: as their exact text, or to be cloned. */
export type TakenArgs = string | WireValue;

/** What an entry of the run queue has no room for: arguments, and an id and a name that do not follow from it. */
export interface CarriedArgs {
  readonly id: string | null;
  readonly name: string | null;
  readonly args: TakenArgs;
}

export interface RunFrame {
  readonly type: 'run';
  readonly run: number;
  readonly id: string;
  readonly name: string;
  readonly priority: Priority;
  /** The number of the definition on this channel. */
  readonly definition: number;
  /** Its address, when it is named for the first time here. */
  readonly address: Address | null;
  readonly args: TakenArgs;
  /** As the pool's thread knows it now. */
  readonly mainLastOrdinal: number;
}

export type ToMember =
  | RunFrame
  | { readonly type: 'stop'; readonly run: number; readonly reason: ErrorRecord }
  | { readonly type: 'childStarted'; readonly child: number; readonly time: number }
  | { readonly type: 'childEnded'; readonly child: number; readonly time: number; readonly outcome: WireOutcome }
  /** A definition that entries of the run queue name by its number. */
  | {
      readonly type: 'define';
      readonly definition: number;
      readonly address: Address;
      /** How far the main file is evaluated, if it is now. */
      readonly mainLastOrdinal: number;
    }
  /** Memory that entries of the run queue refer to by this number, or null: it is no more. */
  | { readonly type: 'chunk'; readonly chunk: number; readonly memory: SharedArrayBuffer | null }
  /** Memory in which the runs of this block are claimed (run-claims.ts), or null: none of them is left. */
  | { readonly type: 'claims'; readonly block: number; readonly memory: SharedArrayBuffer | null }
  /** What belongs to a run that the thread may take. */
  | ({ readonly type: 'offer'; readonly run: number } & CarriedArgs)
  /** Runs that begin one after the other, each when the one before it is over, unless they are taken back: a line for each (lines.ts). */
  | { readonly type: 'prefetch'; readonly idPrefix: string; readonly runs: string }
  /**
   * Takes back the runs from `first` to `last` that were prefetched and have not begun. With a reason for one
   * run only: that is asked to stop if it has begun.
   */
  | { readonly type: 'takeBack'; readonly first: number; readonly last: number; readonly reason: ErrorRecord | null }
  /** The run that was fetched does not take place. */
  | { readonly type: 'drop'; readonly run: number }
  /** How far the child is: one value, in an array. */
  | { readonly type: 'childProgress'; readonly child: number; readonly values: WireValue }
  /** What the run has told of its progress has been read: the next value may come. */
  | { readonly type: 'progressRead'; readonly run: number }
  | { readonly type: 'lockGranted'; readonly claim: number }
  /** It has to wait, and who holds the lock now, for a message. */
  | { readonly type: 'lockHeld'; readonly claim: number; readonly by: string }
  /** Whether its event loop goes round: it is to answer in another turn. */
  | { readonly type: 'ask' }
  /** It may take tasks again, although a module could not be loaded. */
  | { readonly type: 'goOn' }
  /** It may load the modules that it has asked for. */
  | { readonly type: 'mayLoad' }
  | { readonly type: 'retire' };

export interface ChildFrame {
  readonly type: 'child';
  readonly run: number;
  readonly child: number;
  readonly idPrefix: string;
  readonly sequence: number | '';
  readonly address: Address;
  readonly spec: WireSpec;
  readonly args: WireValue;
}

export type FromMember =
  | { readonly type: 'broken'; readonly text: string }
  /** It can do no more, and its runtime does not say so. */
  | { readonly type: 'heapFull' }
  | { readonly type: 'ready' }
  | { readonly type: 'answer' }
  /** A process is about to exit, by its own wish or ours. */
  | { readonly type: 'exiting' }
  /** Taken from the run queue: its arguments are too much for that. */
  | { readonly type: 'fetch'; readonly run: number }
  /** Taken from the run queue, and this thread has evaluated the main file only to a point above its definition. */
  | { readonly type: 'tooOld'; readonly run: number }
  /** The function begins; `at` in monotonic milliseconds. */
  | { readonly type: 'started'; readonly run: number; readonly at: number }
  /** `mayRunElsewhere` if it could not begin here for want of descriptors or memory. */
  | {
      readonly type: 'ended';
      readonly run: number;
      readonly outcome: WireOutcome;
      readonly hasOutput: boolean;
      readonly mayRunElsewhere: boolean;
    }
  /** The run has completed: how long its function took, and the exact text of its result, empty for undefined. */
  | { readonly type: 'done'; readonly run: number; readonly ms: number; readonly text: string }
  /** The run was prefetched, has not begun, and never will. */
  | { readonly type: 'givenBack'; readonly run: number }
  /** What a thread has written to its standard output (1) or error (2). */
  | { readonly type: 'output'; readonly fd: 1 | 2; readonly chunk: string | Uint8Array; readonly encoding: string }
  /** What the task wrote to its standard output and error has reached the program's own. */
  | { readonly type: 'flushed' }
  | ChildFrame
  | { readonly type: 'childCancel'; readonly child: number; readonly reason: Property }
  | { readonly type: 'childPriority'; readonly child: number; readonly priority: Priority }
  /** Somebody looks at how the child ends; `waits` if it has not ended yet. */
  | { readonly type: 'observed'; readonly child: number; readonly waits: boolean }
  /** How far the run is: one value, in an array. */
  | { readonly type: 'progress'; readonly run: number; readonly values: WireValue }
  | { readonly type: 'childProgressRead'; readonly child: number }
  /** Asks for a lock; `isUrgent` if synchronous code waits for it. Claims are numbered by the thread. */
  | {
      readonly type: 'lockAcquire';
      readonly claim: number;
      readonly name: string;
      readonly user: LockUser | null;
      readonly isUrgent: boolean;
    }
  /** Gives the lock back, or takes the request back. */
  | { readonly type: 'lockRelease'; readonly claim: number }
  /** The synchronous part of the run is done: it is suspended while it waits for a child. */
  | { readonly type: 'returned'; readonly run: number }
  /** The module of the run has to be loaded, which may take long; or has to wait until the pool lets it. */
  | { readonly type: 'loading'; readonly run: number; readonly waits: boolean }
  /**
   * A module could not be loaded, or (null) something has been done there that breaks other code; the end of the run
   * that needs it, or did it, follows. A member that takes tasks by itself takes none until it is told to go on.
   */
  | { readonly type: 'loadFailed'; readonly module: string | null }
  /** It asks whether it may load modules now. */
  | { readonly type: 'awaitsLoad' }
  /** It has loaded what it had to. */
  | { readonly type: 'loaded' }
  /** A definition of the module that is being loaded for a run. */
  | { readonly type: 'registered'; readonly name: string; readonly line: number }
  /** An error of this run that nobody caught, maybe after its end: the thread is to end. */
  | { readonly type: 'uncaught'; readonly run: number; readonly error: ErrorRecord }
  /** A callback has thrown. */
  | { readonly type: 'userError'; readonly source: string; readonly error: ErrorRecord }
  /** A module went on badly after its definitions: one warning for each. */
  | { readonly type: 'warning'; readonly module: string; readonly text: string };

/** What the channel hands over: it does by itself what these ask for. */
export type MemberFrame = Exclude<FromMember, { readonly type: 'exiting' } | { readonly type: 'output' }>;
