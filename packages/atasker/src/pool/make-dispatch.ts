import type { ExecutorEvents } from '../executors/executor.ts';
import type { Address } from '../task/call.ts';
import type { TaskHandle } from '../task/task.ts';
import type { MemberKind } from './channels/channel.ts';
import type { MemberPoolContext } from './context.ts';
import type { Dispatch } from './dispatch/dispatch.ts';
import { MessageDispatch } from './dispatch/message-dispatch.ts';
import type { PrefetchHost } from './dispatch/sent/prefetch.ts';
import { SharedDispatch, type SharedDispatchHost } from './dispatch/taken/shared-dispatch.ts';
import type { PoolMember } from './member/member.ts';

/** What a dispatch needs of its pool. */
export interface DispatchHost {
  /** A definition has got its number: all members are to know it. */
  readonly defined: (definition: number, address: Address) => void;
  /** A member is to end when it has nothing more to do. */
  readonly retire: (member: PoolMember) => void;
  /** A prefetched task is next in this member. */
  readonly isDue: (member: PoolMember, task: TaskHandle) => void;
  /** How long a member may take until it has begun a task. */
  readonly patienceMs: () => number;
}

/** How tasks get to the members of a pool of this kind, and the same as a `SharedDispatch` if threads take them by themselves. */
export function makeDispatch(
  kind: MemberKind,
  events: ExecutorEvents,
  context: MemberPoolContext,
  host: DispatchHost,
): { readonly dispatch: Dispatch; readonly shared: SharedDispatch | null } {
  if (context.isShared) {
    const shared = new SharedDispatch(sharedHost(events, context, host));
    return { dispatch: shared, shared };
  }
  const prefetch = kind.prefetches ? prefetchHost(context, host) : null;
  const { retire } = host;
  return { dispatch: context.aloop?.makeDispatch(retire) ?? new MessageDispatch(retire, prefetch), shared: null };
}

function sharedHost(events: ExecutorEvents, context: MemberPoolContext, { defined }: DispatchHost): SharedDispatchHost {
  return {
    idPrefix: context.idPrefix,
    defined,
    accepts: (task) => context.isOurs(task),
    wantsStart: (task) => events.wantsStart(task),
    started: (task, at) => events.started(task, at),
    together: (report) => events.together(report),
  };
}

function prefetchHost(context: MemberPoolContext, { isDue, patienceMs }: DispatchHost): PrefetchHost {
  const { idPrefix, clock, alarms } = context;
  return { idPrefix, clock, alarms, isDue, patienceMs, accepts: (task) => context.isOurs(task) };
}
