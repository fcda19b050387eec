import type { Priority } from '../../core/priority.ts';
import type { Address, TaskSpec } from '../../task/call.ts';
import type { Property, WireValue } from '../../wire/marks.ts';
import type { WireOutcome } from '../../wire/outcome.ts';

/** The options of a child. Functions and signals stay in the parent's thread. */
export type WireSpec = TaskSpec & { readonly callback: null; readonly signal: null };

/** The children of runs. */
export type ChildrenToMember =
  | { readonly type: 'childStarted'; readonly child: number; readonly time: number }
  /** The progress of a child: one value, in an array. */
  | { readonly type: 'childProgress'; readonly child: number; readonly values: WireValue }
  | { readonly type: 'childEnded'; readonly child: number; readonly time: number; readonly outcome: WireOutcome };

/** A run calls a task function. */
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

export type ChildrenFromMember =
  | ChildFrame
  | { readonly type: 'childCancel'; readonly child: number; readonly reason: Property }
  | { readonly type: 'childPriority'; readonly child: number; readonly priority: Priority }
  /** Somebody looks at how the child ends. `waits` says that the child has not ended yet. */
  | { readonly type: 'observed'; readonly child: number; readonly waits: boolean }
  /** The progress of the child has been read: the pool may send the next value. */
  | { readonly type: 'childProgressRead'; readonly child: number };
