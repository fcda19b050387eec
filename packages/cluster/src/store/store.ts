import type { Priority, TaskType } from 'atasker';
import type { RemoteEnd, RemoteTask } from 'atasker/remote';

/** A task as a store keeps it. */
export interface StoredTask extends RemoteTask {
  /** The program that waits for the end; it is told what happens to the task. */
  readonly origin: string;
}

/** A task that this program has claimed: it is to run here, until it is settled, released, or its lease is over. */
export interface Claim extends StoredTask {
  /** 1 for the first run. A run that was handed back with `release` is not counted. */
  readonly attempt: number;
  /** Different for each claim. An end that comes with another token than that of the last claim is dropped. */
  readonly token: string;
}

/** Tasks of which each has been claimed, and when to look again. */
export interface Claims {
  readonly claims: readonly Claim[];
  /** Milliseconds until the next delayed task is due or the next lease runs out; null if there is neither. */
  readonly nextMs: number | null;
}

/**
 * How many more tasks of a type may start: by priority, as `supervisor.remote.room()` gives it. The numbers overlap: a
 * task that is taken counts for all priorities that are as urgent or less.
 */
export type TypeRoom = Readonly<Record<Priority, number>>;

/** The room of a program, for the types that it runs. */
export type Room = { readonly [T in TaskType]?: TypeRoom };

/** How a claimed task has ended. */
export interface End {
  readonly id: string;
  readonly token: string;
  readonly end: RemoteEnd;
  readonly payload: string;
  /** When its function began, in epoch milliseconds of the node; null if it has not begun. */
  readonly startedAt: number | null;
  /** The last progress that its function has reported; null if there is none. News of it may come later, or be lost. */
  readonly progress: string | null;
}

/** What has become of a task. */
export interface Ending {
  readonly id: string;
  readonly end: RemoteEnd;
  readonly payload: string;
  readonly startedAt: number | null;
  /** The last progress of its function; null if there is none. */
  readonly progress: string | null;
  readonly attempt: number;
  /** The names of the nodes that were lost while they ran it, if it has failed for that: the payload is empty then. */
  readonly lostNodes: readonly string[] | null;
}

/** What a node tells the origin of a task while the task runs. Such news may be lost. */
export type TaskNews =
  | { readonly type: 'started'; readonly id: string; readonly at: number; readonly attempt: number }
  | { readonly type: 'progressed'; readonly id: string; readonly payload: string }
  | { readonly type: 'late'; readonly id: string; readonly end: 'completed' | 'failed'; readonly payload: string }
  | { readonly type: 'lateError'; readonly payload: string };

/**
 * What the store tells this program. Every call may come late, and more than once; `work` may also come for nothing.
 * `ended`, `cancel` and `lost` are told for certain while the program lives, after an outage too.
 */
export interface StoreNews {
  /** There may be tasks to claim. */
  work(): void;
  /** A task that this program has added has ended. */
  ended(ending: Ending): void;
  /** A node tells about a task of this program. */
  told(news: TaskNews): void;
  /** A task that this program has claimed is to be cancelled. */
  cancel(id: string, payload: string): void;
  /** These claims of this program are over: another program may claim the tasks, or has. */
  lost(claims: readonly Pick<Claim, 'id' | 'token'>[]): void;
  /** The store cannot be reached; it tries again by itself. */
  away(error: Error): void;
  /** The store can be reached again. */
  back(): void;
}

/** The state of a task in the store. */
export interface FoundTask {
  readonly id: string;
  readonly definition: string;
  readonly state: 'delayed' | 'queued' | 'running' | RemoteEnd;
  readonly priority: Priority;
  readonly attempt: number;
  /** Of the end; null while there is none. */
  readonly ending: Ending | null;
}

/** What is in the store, over all programs. */
export interface StoreCounts {
  readonly queued: { readonly [T in TaskType]: Readonly<Record<Priority, number>> };
  readonly running: number;
  readonly delayed: number;
  /** How long the oldest queued task has waited in its line, in milliseconds; null if none is queued. */
  readonly oldestMs: number | null;
  /** How many tasks have been claimed again after their claim had run out. */
  readonly recovered: number;
  /** Names of queued tasks that no living node knows. */
  readonly unknownNames: readonly string[];
  readonly nodes: readonly string[];
}

/** What a store is opened with. */
export interface StoreSession {
  /** The name of this program in the store; no two living programs have the same. */
  readonly me: string;
  readonly news: StoreNews;
  /** How long a claim outlives its program, in milliseconds. The store renews it every third of that. */
  readonly leaseMs: number;
  /** A task whose claim has run out so many times fails (`lostNodes`). */
  readonly maxLost: number;
  /** How long ends are kept, in milliseconds. */
  readonly keepResultsMs: number;
}

/**
 * Keeps tasks for several programs: those that submit them and those that run them. Times are those of the store's
 * clock. Every method is for many tasks at once. `storeContract` checks an implementation.
 *
 * The store holds the claims of this program by itself, until they are settled or released: it renews their leases every
 * third of the lease, as long as the program lives, even if its event loop is blocked.
 *
 * A method rejects with a TaskError `ERR_STORE_UNAVAILABLE` if the store cannot be reached: nothing or all of it has
 * happened then, and the same call may be repeated. Any other error is final.
 */
export interface TaskStore {
  /**
   * Rejects with a `StoreError` if the store cannot be reached: it is then opened again, unless the error is final.
   * Any other error is final too.
   */
  open(session: StoreSession): Promise<void>;
  /**
   * Resolves when the tasks are durable. The same id is one task: one that the store knows already stays as it is, and
   * its end is told to this program too, at once if it has ended.
   */
  add(tasks: readonly StoredTask[]): Promise<void>;
  /**
   * Claims tasks, the most urgent first and among those of one priority the oldest first, as far as there is room, in
   * one step: no two claims get the same task. A task of a definition that is not named stays, and holds up no other.
   * A task whose claim has run out keeps its place in line, and can be claimed again.
   */
  claim(room: Room, definitions: readonly string[], most: number): Promise<Claims>;
  /**
   * Ends tasks, durably. Resolves with the ids of those that were dropped: their token was not that of the last claim,
   * or they had ended before. A claim that has run out is still the last one until the task is claimed again.
   */
  settle(ends: readonly End[]): Promise<readonly string[]>;
  /** Hands tasks back that have not begun, to the place in line that they had. This run does not count as an attempt. */
  release(claims: readonly Pick<Claim, 'id' | 'token'>[]): Promise<void>;
  /**
   * Cancels a task. `removed`: it had not been claimed, and has ended with this payload. `asked`: the node that has
   * claimed it is told. If that claim is released or runs out, the task ends with this payload, and is not claimed
   * again. `ended`: it had ended before.
   */
  cancel(id: string, payload: string): Promise<'removed' | 'asked' | 'ended' | 'unknown'>;
  /** Gives a task that is not claimed another priority, at the end of the line; false if it is claimed or has ended. */
  setPriority(id: string, priority: Priority): Promise<boolean>;
  /** The tasks that the store knows, in the order of the ids. An ended task is known for `keepResultsMs`. */
  find(ids: readonly string[]): Promise<readonly FoundTask[]>;
  /** Tells another program something that may be lost. */
  tell(origin: string, news: readonly TaskNews[]): void;
  counts(): Promise<StoreCounts>;
  /** Hands back what this program has claimed and not settled; such a run counts as an attempt. Closes the connection. */
  close(): Promise<void>;
}
