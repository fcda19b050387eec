/** What the thread of a SQLite store and the program say to each other. */
import type { Priority } from 'atasker';
import type { Gate } from './gate.ts';
import type { Claim, Claims, End, Ending, FoundTask, Room, StoreCounts, StoredTask, TaskNews } from '../../store.ts';

/** What the thread is started with. */
export interface ThreadStart {
  readonly data: ThreadData;
  readonly gate: Gate;
}

/** The file, and the session of the store. */
export interface ThreadData {
  readonly path: string;
  readonly me: string;
  readonly leaseMs: number;
  readonly maxLost: number;
  readonly keepResultsMs: number;
}

/** The methods of a store that the thread does. */
export interface ThreadMethods {
  add(tasks: readonly StoredTask[]): void;
  claim(room: Room, definitions: readonly string[], most: number): Claims;
  settle(ends: readonly End[]): readonly string[];
  release(claims: readonly Pick<Claim, 'id' | 'token'>[]): void;
  cancel(id: string, payload: string): 'removed' | 'asked' | 'ended' | 'unknown';
  setPriority(id: string, priority: Priority): boolean;
  find(ids: readonly string[]): readonly FoundTask[];
  counts(): StoreCounts;
}

export type Call = {
  [M in keyof ThreadMethods]: { readonly n: number; readonly method: M; readonly args: Parameters<ThreadMethods[M]> };
}[keyof ThreadMethods];

export type ToThread =
  | { readonly type: 'calls'; readonly calls: readonly Call[] }
  | { readonly type: 'tell'; readonly origin: string; readonly news: readonly TaskNews[] }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'opened' }
  /** The file cannot be opened; `isFinal`: not later either, unless somebody does something about it. */
  | { readonly type: 'refused'; readonly message: string; readonly isFinal: boolean }
  | { readonly type: 'closed' }
  | { readonly type: 'result'; readonly n: number; readonly result: unknown }
  /** `isAway`: the store cannot be used; else the call is at fault. */
  | { readonly type: 'error'; readonly n: number; readonly message: string; readonly isAway: boolean }
  | { readonly type: 'work' }
  | { readonly type: 'ended'; readonly ending: Ending }
  | { readonly type: 'told'; readonly news: readonly TaskNews[] }
  | { readonly type: 'cancel'; readonly id: string; readonly payload: string }
  | { readonly type: 'lost'; readonly claims: readonly Pick<Claim, 'id' | 'token'>[] }
  | { readonly type: 'away'; readonly message: string }
  | { readonly type: 'back' };

/** What a program tells another one directly: it is never needed, only sooner than the next look at the file. */
export type PeerFrame =
  | { readonly type: 'look'; readonly work: boolean }
  | { readonly type: 'told'; readonly news: readonly TaskNews[] };
