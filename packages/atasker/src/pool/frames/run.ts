import type { Priority } from '../../core/priority.ts';
import type { Address } from '../../task/call.ts';
import type { ErrorRecord, WireValue } from '../../wire/marks.ts';
import type { WireOutcome } from '../../wire/outcome.ts';
import type { TakenArgs } from '../../wire/values.ts';

/** A task that is sent to a member, which begins it at once. */
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

export interface StopFrame {
  readonly type: 'stop';
  readonly run: number;
  readonly reason: ErrorRecord;
}

/** A definition that prefetched runs and entries of the run queue name by its number. */
export interface DefineFrame {
  readonly type: 'define';
  readonly definition: number;
  readonly address: Address;
  /** How far the main file would be evaluated now. */
  readonly mainLastOrdinal: number;
}

/**
 * Prefetched runs, a line for each (channels/lines.ts). Each run begins when the run before it is over, unless it is
 * taken back.
 */
export interface PrefetchFrame {
  readonly type: 'prefetch';
  readonly idPrefix: string;
  readonly runs: string;
  /** The arguments that are no text, in the order of their runs. */
  readonly others: readonly TakenArgs[];
}

/** Runs, from their sending to their end. */
export type RunToMember =
  | RunFrame
  | StopFrame
  | DefineFrame
  | PrefetchFrame
  /**
   * Takes back the runs from `first` to `last` that were prefetched and have not begun. A reason is given for one run
   * only: if that run has begun, it is asked to stop.
   */
  | { readonly type: 'takeBack'; readonly first: number; readonly last: number; readonly reason: ErrorRecord | null }
  /** The progress of the run has been read: the member may send the next value. */
  | { readonly type: 'progressRead'; readonly run: number };

export type RunFromMember =
  /** The function of a run begins. `at` is in monotonic milliseconds. */
  | { readonly type: 'started'; readonly run: number; readonly at: number }
  | EndedFrame
  /**
   * The run has completed. `ms` is how long its function took, `result` the exact text of its result, empty for
   * undefined, or its bytes.
   */
  | { readonly type: 'done'; readonly run: number; readonly ms: number; readonly result: string | Uint8Array }
  /** The run was prefetched, has not begun, and never will. */
  | { readonly type: 'givenBack'; readonly run: number }
  /** The thread has evaluated the main file only to a point above the definition of this run. */
  | { readonly type: 'tooOld'; readonly run: number }
  /** The synchronous part of the run is done: from now on the run is suspended while it waits for a child. */
  | { readonly type: 'returned'; readonly run: number }
  /** The progress of a run: one value, in an array. */
  | ProgressFrame
  /** An error of this run that nobody caught, maybe after the end of the run: the thread has to end. */
  | { readonly type: 'uncaught'; readonly run: number; readonly error: ErrorRecord };

export interface EndedFrame {
  readonly type: 'ended';
  readonly run: number;
  readonly outcome: WireOutcome;
  /** Whether output of the task is still on its way; `flushed` follows. */
  readonly hasOutput: boolean;
  /** Whether the run could not begin here: there were no descriptors or memory left, or its claim was overwritten. */
  readonly mayRunElsewhere: boolean;
  /** How long the function took, in milliseconds, if a process has completed the run; else null. */
  readonly ms: number | null;
}

export interface ProgressFrame {
  readonly type: 'progress';
  readonly run: number;
  readonly values: WireValue;
}
