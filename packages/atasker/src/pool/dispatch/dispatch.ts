import type { Offer } from '../../core/admission.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Assignments } from '../member/assignments.ts';
import type { PoolMember } from '../member/member.ts';

/** How tasks get to the members of a pool. */
export interface Dispatch {
  /** Takes the arguments of a call in a way of its own. @throws CloneError */
  take?(args: readonly unknown[]): unknown;
  /** Where they wait if members take them by themselves; else null. */
  readonly offer: Offer<TaskHandle> | null;
  /** Members that are ready and have no task, and those that have one. */
  readonly idleCount: number;
  readonly busyCount: number;
  /** The task that members would take next, and may, by the number of its run; 0 if there is none. */
  readonly nextRun: number;
  /** Wakes another member in place of those that were woken and do not take it. */
  wakeAnother?(): void;
  /** Whether one more member can be served. */
  readonly hasSeat: boolean;
  /** A member is about to be started. */
  join(): Assignments;
  joined(member: PoolMember): void;
  /** It is ready, or its task has ended. */
  rest?(member: PoolMember): void;
  /** It is to get no further task. */
  leave?(member: PoolMember): void;
  /** It is no more, or could not be started. */
  gone(assignments: Assignments): void;
  /** The one that has had nothing to do for longest, and is ready. */
  readonly oldestIdle: PoolMember | null;
  /** Whether this task can be sent at this instant. */
  hasRoomFor?(task: TaskHandle): boolean;
  /** The member that this task is sent to now. */
  takeIdle?(): PoolMember;
  memberOf(task: TaskHandle): PoolMember | null;
  startOf?(task: TaskHandle): number | null;
  /** From now on somebody has to hear of starts at once. */
  watchStarts?(): void;
  close(): void;
}
