import type { Priority, TaskType } from 'atasker';
import type { RemoteEnd } from 'atasker/remote';
import type { Room } from '../../../src/store/store.ts';

/** How many tasks a pool of a node may run: as in the options of a supervisor. */
export interface NodeLimits {
  readonly poolSize: number;
  readonly reserveNormal: number;
  readonly reserveHigh: number;
}

/** What the store did, in its order, by its clock. */
export type StoreEvent =
  /** A task is in the store; `dueAt` is null for one without a delay. */
  | {
      readonly type: 'accepted';
      readonly id: string;
      readonly definition: string;
      readonly tt: TaskType;
      readonly priority: Priority;
      readonly dueAt: number | null;
    }
  /** A delayed task waits for a node from now on. */
  | { readonly type: 'queued'; readonly id: string }
  /** A node has a task. */
  | {
      readonly type: 'claimed';
      readonly id: string;
      readonly node: string;
      readonly token: string;
      readonly attempt: number;
    }
  /** What a node had asked for when it got the tasks with these tokens. It follows their claims at once. */
  | {
      readonly type: 'chose';
      readonly node: string;
      readonly room: Room;
      readonly definitions: readonly string[];
      readonly most: number;
      readonly tokens: readonly string[];
    }
  /** The leases of all claims of a node are prolonged. A store need not tell this. */
  | { readonly type: 'renewed'; readonly node: string }
  /** Nobody could use the store for a while, until now. */
  | { readonly type: 'storeBack' }
  /** The lease of a claim has run out; the task waits again. The claim is the last one until another node has the task. */
  | { readonly type: 'leaseOver'; readonly id: string; readonly token: string }
  /** The claim that has run out holds the task again: its node has come back before another one had the task. */
  | { readonly type: 'regained'; readonly id: string; readonly token: string }
  /** A task was handed back; `isCounted`: its run counts as an attempt, because it may have begun. */
  | { readonly type: 'released'; readonly id: string; readonly token: string; readonly isCounted: boolean }
  /** `token` is null if no node has ended it: it was cancelled while no node had it, or (`lost`) was lost too often. */
  | {
      readonly type: 'ended';
      readonly id: string;
      readonly token: string | null;
      readonly end: RemoteEnd;
      readonly payload: string;
      readonly lost: boolean;
    }
  | { readonly type: 'cancelAsked'; readonly id: string }
  | { readonly type: 'priorityChanged'; readonly id: string; readonly priority: Priority };

/** What programs did and saw. Their clocks may differ from that of the store. */
export type ProgramEvent =
  | {
      readonly type: 'nodeUp';
      readonly node: string;
      readonly definitions: readonly string[];
      readonly limits: { readonly [T in TaskType]?: NodeLimits };
      /** It notes nothing about what the store tells it. */
      readonly isSilent?: boolean;
    }
  /** A node or a submitter was killed, or has ended by itself. */
  | { readonly type: 'programDown'; readonly program: string; readonly isKilled: boolean }
  /** It does nothing, not even renew its leases, until it goes on. */
  | { readonly type: 'programPaused'; readonly program: string }
  | { readonly type: 'programResumed'; readonly program: string }
  /** The event loop of a node does nothing for so long, but its store and its threads go on. */
  | { readonly type: 'loopBlocked'; readonly node: string; readonly ms: number }
  /** The store has answered that an end was dropped. */
  | { readonly type: 'fenced'; readonly node: string; readonly id: string; readonly token: string }
  /** The store has told the node that this task, which it holds, is to be cancelled. */
  | { readonly type: 'cancelTold'; readonly node: string; readonly id: string }
  /** A function began. A child is a task that a task has called: the store does not know it. */
  | {
      readonly type: 'began';
      readonly node: string;
      readonly run: string;
      readonly id: string;
      readonly tt: TaskType;
      readonly priority: Priority;
      readonly attempt: number;
      readonly isChild: boolean;
    }
  /** The function waits for its child, and does not hold a slot meanwhile. */
  | { readonly type: 'suspended'; readonly run: string }
  | { readonly type: 'resumed'; readonly run: string }
  | { readonly type: 'returned'; readonly run: string }
  /** A submitter was told that its task is in the store. */
  | { readonly type: 'acceptedSeen'; readonly submitter: string; readonly id: string }
  /** A submitter was told how its task has ended. */
  | {
      readonly type: 'endSeen';
      readonly submitter: string;
      readonly id: string;
      readonly end: RemoteEnd;
      readonly payload: string;
    }
  /** A handle has settled in a submitter; `mark` stands in the payload of the end. */
  | {
      readonly type: 'handleSettled';
      readonly submitter: string;
      readonly id: string;
      readonly end: RemoteEnd;
      readonly mark: string;
    }
  /** A program asks for a cancel. */
  | { readonly type: 'cancelCalled'; readonly id: string }
  /** What the store has answered to it. */
  | {
      readonly type: 'cancelAnswered';
      readonly id: string;
      readonly answer: 'removed' | 'asked' | 'ended' | 'unknown';
    };

/** `at` is in epoch milliseconds, of the store's clock or of that of the program. */
export type HistoryEvent = { readonly at: number } & (StoreEvent | ProgramEvent);

export type EventType = HistoryEvent['type'];
export type EventOf<T extends EventType> = HistoryEvent & { readonly type: T };

/** What was promised about the history. */
export interface Promises {
  readonly leaseMs: number;
  readonly maxLost: number;
  /** How much later than the end of its lease a task may be found to be lost. */
  readonly recoveryMs: number;
  /** How long a task may wait while a node has room for it. */
  readonly patienceMs: number;
  /** How far the clocks of the programs may differ from that of the store, and how long news may be under way. */
  readonly clockMs: number;
  /** How long after its admission to a pool a function may begin: what began shortly before may be admitted later. */
  readonly startMs: number;
  /** Whether the history says when a node was told of a cancel. */
  readonly tellsCancels: boolean;
}
