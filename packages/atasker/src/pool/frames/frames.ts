/**
 * The frames between a pool (pool/member/member.ts) and a member (pool/thread/serve.ts). Each file of this folder has
 * the frames of one conversation, one union per direction. The pool numbers the runs; the member numbers the children
 * and the claims of locks.
 */
import type { ChildrenToMember, ChildrenFromMember } from './children.ts';
import type { LifeToMember, LifeFromMember } from './life.ts';
import type { LoadingToMember, LoadingFromMember } from './loading.ts';
import type { LocksToMember, LocksFromMember } from './locks.ts';
import type { OutputFromMember } from './output.ts';
import type { QueueToMember, QueueFromMember } from './queue.ts';
import type { RunToMember, RunFromMember } from './run.ts';

export type ToMember = LifeToMember | LoadingToMember | RunToMember | QueueToMember | ChildrenToMember | LocksToMember;

/** Everything that a member sends. */
export type FromMember =
  | LifeFromMember
  | LoadingFromMember
  | RunFromMember
  | QueueFromMember
  | ChildrenFromMember
  | LocksFromMember
  | OutputFromMember;

/** The frames that a channel hands over to its pool. The channel itself handles the two others. */
export type MemberFrame = Exclude<FromMember, { readonly type: 'exiting' } | { readonly type: 'output' }>;
