import type { ErrorRecord } from '../../wire/marks.ts';

/** The start and the end of a member, and whether its event loop goes round. */
export type LifeToMember =
  /** Asks whether the event loop of the member goes round. The member answers in another turn. */
  | { readonly type: 'ask' }
  /** The member ends by itself as soon as it has no task. */
  | { readonly type: 'retire' };

export type LifeFromMember =
  | { readonly type: 'ready' }
  | { readonly type: 'answer' }
  /** A process is about to exit, on its own or because the pool has told it to. */
  | { readonly type: 'exiting' }
  /** The member could not start. */
  | { readonly type: 'broken'; readonly text: string }
  /** The heap of the member is full, and its runtime does not say so: the member can do no more. */
  | { readonly type: 'heapFull' }
  /** A callback of the user has thrown. */
  | { readonly type: 'userError'; readonly source: string; readonly error: ErrorRecord };
