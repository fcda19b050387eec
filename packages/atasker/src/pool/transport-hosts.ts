/** What the transports of a pool need of it. */
import type { ExecutorEvents } from '../executors/executor.ts';
import type { MemberPoolContext } from './context.ts';
import type { AheadHost } from './dispatch/sent/send-ahead.ts';
import type { SharedTransportHost } from './dispatch/taken/shared-transport.ts';

export function sharedHost(
  context: MemberPoolContext,
  events: ExecutorEvents,
  defined: SharedTransportHost['defined'],
): SharedTransportHost {
  return {
    idPrefix: context.idPrefix,
    defined,
    accepts: (task) => context.isOurs(task),
    wantsStart: (task) => events.wantsStart(task),
    started: (task, at) => events.started(task, at),
    together: (report) => events.together(report),
  };
}

export function aheadHost(context: MemberPoolContext, isDue: AheadHost['isDue'], patienceMs: () => number): AheadHost {
  const { idPrefix, clock, alarms } = context;
  return { idPrefix, clock, alarms, isDue, patienceMs, accepts: (task) => context.isOurs(task) };
}
