import type { ExecutorEvents } from '../executors/executor.ts';
import type { Address } from '../task/call.ts';
import type { TaskHandle } from '../task/task.ts';
import type { MemberKind } from './channels/channel.ts';
import type { MemberPoolContext } from './context.ts';
import type { Dispatch } from './dispatch/dispatch.ts';
import { MessageDispatch } from './dispatch/message-dispatch.ts';
import type { PrefetchOwner } from './dispatch/sent/prefetch.ts';
import { SharedDispatch, type SharedDispatchOwner } from './dispatch/taken/shared-dispatch.ts';
import type { PoolMember } from './member/member.ts';

/** What a dispatch needs from its pool. */
export interface DispatchOwner {
  /** A definition has got its number: the pool tells all members. */
  readonly defined: (definition: number, address: Address) => void;
  /** The member must take no further task: the pool lets the member end once it has no task. */
  readonly retire: (member: PoolMember) => void;
  /** The current task of the member should have begun by now: the pool sets a time limit for its begin. */
  readonly isDue: (member: PoolMember, task: TaskHandle) => void;
  /** How long a member may take to begin a task, in milliseconds. */
  readonly patienceMs: () => number;
}

/**
 * Makes the dispatch of a pool of this kind. `shared` is the same dispatch if threads take tasks by themselves, else
 * null.
 */
export function makeDispatch(
  kind: MemberKind,
  events: ExecutorEvents,
  context: MemberPoolContext,
  owner: DispatchOwner,
): { readonly dispatch: Dispatch; readonly shared: SharedDispatch | null } {
  if (context.isShared) {
    const shared = new SharedDispatch(sharedDispatchOwner(events, context, owner));
    return { dispatch: shared, shared };
  }
  const prefetch = kind.prefetches ? prefetchOwner(context, owner) : null;
  const { retire } = owner;
  return { dispatch: context.aloop?.makeDispatch(retire) ?? new MessageDispatch(retire, prefetch), shared: null };
}

function sharedDispatchOwner(
  events: ExecutorEvents,
  context: MemberPoolContext,
  { defined }: DispatchOwner,
): SharedDispatchOwner {
  return {
    idPrefix: context.idPrefix,
    defined,
    accepts: (task) => context.isOurs(task),
    wantsStart: (task) => events.wantsStart(task),
    started: (task, at) => events.started(task, at),
    together: (report) => events.together(report),
  };
}

function prefetchOwner(context: MemberPoolContext, { isDue, patienceMs }: DispatchOwner): PrefetchOwner {
  const { idPrefix, clock, alarms } = context;
  return { idPrefix, clock, alarms, isDue, patienceMs, accepts: (task) => context.isOurs(task) };
}
