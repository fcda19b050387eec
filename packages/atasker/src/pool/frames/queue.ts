import type { CarriedArgs } from '../../wire/values.ts';

/** What threads need that take tasks by themselves: memory, and what an entry of the run queue has no room for. */
export type QueueToMember =
  /** Memory that entries of the run queue refer to by this number; null if it is dropped. */
  | { readonly type: 'chunk'; readonly chunk: number; readonly memory: SharedArrayBuffer | null }
  /** Memory in which the runs of this block are claimed (channels/run-claims.ts); null if none of these runs is left. */
  | { readonly type: 'claims'; readonly block: number; readonly memory: SharedArrayBuffer | null }
  | OfferFrame
  /** The run whose arguments were fetched does not take place. */
  | { readonly type: 'drop'; readonly run: number };

/** What belongs to a run that the thread may take, and has no room in its entry. */
export interface OfferFrame extends CarriedArgs {
  readonly type: 'offer';
  readonly run: number;
}

/** Asks for the arguments of a run that was taken from the run queue, which has no room for them. */
export type QueueFromMember = { readonly type: 'fetch'; readonly run: number };
