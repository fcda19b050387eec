import type { LockUser } from '../../core/lock-table.ts';

/** The locks that code in a member holds or waits for. */
export type LocksToMember =
  | { readonly type: 'lockGranted'; readonly claim: number }
  /** The claim has to wait for the lock. `by` says who holds the lock now, for a message. */
  | { readonly type: 'lockHeld'; readonly claim: number; readonly by: string };

/** Asks for a lock. */
export interface AcquireFrame {
  readonly type: 'lockAcquire';
  readonly claim: number;
  readonly name: string;
  readonly user: LockUser | null;
  /** Whether synchronous code waits for the lock. */
  readonly isUrgent: boolean;
}

export type LocksFromMember =
  | AcquireFrame
  /** Releases the lock, or withdraws the request. */
  | { readonly type: 'lockRelease'; readonly claim: number };
