/**
 * The frames between a pool (pool/member/member.ts) and a member (pool/thread/serve.ts), one union per direction. The
 * pool numbers the runs; the member numbers the children.
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

/** The options of a child. Functions and signals stay in the parent's thread. */
export type WireSpec = TaskSpec & { readonly callback: null; readonly signal: null };

/** Arguments as they cross: as their exact text, or as a value to be cloned. */
export type TakenArgs = string | WireValue;

/**
 * What an entry of the run queue has no room for: arguments, and an id and a name that do not follow from the entry.
 */
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
  /** The address of the definition when it is named for the first time on this channel; else null. */
  readonly address: Address | null;
  readonly args: TakenArgs;
  /** How far the main file is evaluated, as the pool's thread knows it now. */
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
      /** How far the main file would be evaluated now. */
      readonly mainLastOrdinal: number;
    }
  /** Memory that entries of the run queue refer to by this number; null if it is dropped. */
  | { readonly type: 'chunk'; readonly chunk: number; readonly memory: SharedArrayBuffer | null }
  /** Memory in which the runs of this block are claimed (run-claims.ts); null if none of these runs is left. */
  | { readonly type: 'claims'; readonly block: number; readonly memory: SharedArrayBuffer | null }
  /** What belongs to a run that the thread may take, and has no room in its entry. */
  | ({ readonly type: 'offer'; readonly run: number } & CarriedArgs)
  /**
   * Prefetched runs, a line for each (lines.ts). Each run begins when the run before it is over, unless it is taken
   * back.
   */
  | { readonly type: 'prefetch'; readonly idPrefix: string; readonly runs: string }
  /**
   * Takes back the runs from `first` to `last` that were prefetched and have not begun. A reason is given for one run
   * only: if that run has begun, it is asked to stop.
   */
  | { readonly type: 'takeBack'; readonly first: number; readonly last: number; readonly reason: ErrorRecord | null }
  /** The run whose arguments were fetched does not take place. */
  | { readonly type: 'drop'; readonly run: number }
  /** The progress of a child: one value, in an array. */
  | { readonly type: 'childProgress'; readonly child: number; readonly values: WireValue }
  /** The progress of the run has been read: the member may send the next value. */
  | { readonly type: 'progressRead'; readonly run: number }
  | { readonly type: 'lockGranted'; readonly claim: number }
  /** The claim has to wait for the lock. `by` says who holds the lock now, for a message. */
  | { readonly type: 'lockHeld'; readonly claim: number; readonly by: string }
  /** Asks whether the event loop of the member goes round. The member answers in another turn. */
  | { readonly type: 'ask' }
  /** The member may take tasks again, although a module could not be loaded. */
  | { readonly type: 'goOn' }
  /** The member may load the modules that it has asked for. */
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
  /** The heap of the member is full, and its runtime does not say so: the member can do no more. */
  | { readonly type: 'heapFull' }
  | { readonly type: 'ready' }
  | { readonly type: 'answer' }
  /** A process is about to exit, on its own or because the pool has told it to. */
  | { readonly type: 'exiting' }
  /** Asks for the arguments of a run that was taken from the run queue, which has no room for them. */
  | { readonly type: 'fetch'; readonly run: number }
  /** The thread has taken a run, and has evaluated the main file only to a point above the definition of that run. */
  | { readonly type: 'tooOld'; readonly run: number }
  /** The function of a run begins. `at` is in monotonic milliseconds. */
  | { readonly type: 'started'; readonly run: number; readonly at: number }
  /**
   * `mayRunElsewhere` if the run could not begin here: there were no descriptors or memory left, or its claim was
   * overwritten.
   */
  | {
      readonly type: 'ended';
      readonly run: number;
      readonly outcome: WireOutcome;
      readonly hasOutput: boolean;
      readonly mayRunElsewhere: boolean;
    }
  /**
   * The run has completed. `ms` is how long its function took, `text` the exact text of its result, empty for
   * undefined.
   */
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
  /** Somebody looks at how the child ends. `waits` says that the child has not ended yet. */
  | { readonly type: 'observed'; readonly child: number; readonly waits: boolean }
  /** The progress of a run: one value, in an array. */
  | { readonly type: 'progress'; readonly run: number; readonly values: WireValue }
  | { readonly type: 'childProgressRead'; readonly child: number }
  /** Asks for a lock. `isUrgent` says that synchronous code waits for the lock. The member numbers its claims. */
  | {
      readonly type: 'lockAcquire';
      readonly claim: number;
      readonly name: string;
      readonly user: LockUser | null;
      readonly isUrgent: boolean;
    }
  /** Releases the lock, or withdraws the request. */
  | { readonly type: 'lockRelease'; readonly claim: number }
  /** The synchronous part of the run is done: from now on the run is suspended while it waits for a child. */
  | { readonly type: 'returned'; readonly run: number }
  /**
   * The module of the run has to be loaded, which may take long. `waits` says that the load waits until the pool allows
   * it.
   */
  | { readonly type: 'loading'; readonly run: number; readonly waits: boolean }
  /**
   * A module could not be loaded, or (null) something has been done in the member that breaks other code. The end of
   * the run that needs the module, or did this, follows. A member that takes tasks by itself takes none until `goOn`.
   */
  | { readonly type: 'loadFailed'; readonly module: string | null }
  /** Asks whether the member may load modules now. */
  | { readonly type: 'awaitsLoad' }
  /** The member has loaded the modules that it had to load. */
  | { readonly type: 'loaded' }
  /** A definition of the module that is being loaded for a run. */
  | { readonly type: 'registered'; readonly name: string; readonly line: number }
  /** An error of this run that nobody caught, maybe after the end of the run: the thread has to end. */
  | { readonly type: 'uncaught'; readonly run: number; readonly error: ErrorRecord }
  /** A callback of the user has thrown. */
  | { readonly type: 'userError'; readonly source: string; readonly error: ErrorRecord }
  /** A module has thrown, or left resources behind, after its definitions: one warning for each. */
  | { readonly type: 'warning'; readonly module: string; readonly text: string };

/** The frames that a channel hands over. The channel itself handles the two others. */
export type MemberFrame = Exclude<FromMember, { readonly type: 'exiting' } | { readonly type: 'output' }>;
