import { LockTable } from '../../src/core/lock-table.ts';
import type { Demand, ExecutorEvents } from '../../src/executors/executor.ts';

const nothing = (): void => {};

/** Of executors that are used without a supervisor and have no tasks. */
export const ignoredEvents: ExecutorEvents = {
  accepted: nothing,
  started: nothing,
  follows: nothing,
  wantsStart: () => false,
  ended: nothing,
  givenBack: nothing,
  returned: nothing,
  child: () => {
    throw new Error('there are no tasks');
  },
  hold: nothing,
  release: nothing,
  userError: nothing,
  lateError: nothing,
  warning: nothing,
  progressed: nothing,
  locks: new LockTable(),
  memberStarted: nothing,
  memberExited: nothing,
  roomChanged: nothing,
  together: (report) => report(),
  offerClosed: nothing,
  broken: nothing,
};

const program = {
  library: new URL('../../src/index.js', import.meta.url).href,
  mainFile: () => ({ module: null, lastOrdinal: Infinity }),
};

export const demand = (count: number): Demand => ({
  slotsWanted: () => count,
  mostSlotsWanted: () => count,
  childWaits: false,
});

export const poolContext = { program, isShared: false, idPrefix: 'test-', isOurs: () => true, aloop: null } as const;
