import type { Offer } from '../../core/admission.ts';
import type { TaskArgs } from '../../task/args.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Assignments } from '../conversations/run/assignments.ts';
import type { PoolMember } from '../member/member.ts';

/** Decides which member of a pool gets which task. */
export interface Dispatch {
  /** Takes the arguments of a call in a way of its own, if the dispatch has one. @throws CloneError */
  take?(args: readonly unknown[]): TaskArgs;
  /** The offer: tasks that stand ready for members, in the run queue or prefetched; null if there is none. */
  readonly offer: Offer<TaskHandle> | null;
  /** How many members are ready and have no task, and how many have one. */
  readonly idleCount: number;
  readonly busyCount: number;
  /** The run number of the task that members would take next, and may take within the limits; 0 if there is none. */
  readonly nextRun: number;
  /** Wakes another member in place of those that were woken and do not take the task. */
  wakeAnother?(): void;
  /** Whether the dispatch can serve one more member. */
  readonly hasSeat: boolean;
  /** A member is about to be started. */
  join(): Assignments;
  joined(member: PoolMember): void;
  /** The member is ready, or its task has ended. */
  rest?(member: PoolMember): void;
  /** The member must get no further task. */
  leave?(member: PoolMember): void;
  /** The member has exited, or could not be started. */
  gone(assignments: Assignments): void;
  /** The ready member that has been idle longest; null if there is none. */
  readonly oldestIdle: PoolMember | null;
  /** Whether this task can be sent to a member at this instant. */
  hasRoomFor?(task: TaskHandle): boolean;
  /** The member that this task is sent to now; call `hasRoomFor` before. */
  takeIdle?(): PoolMember;
  memberOf(task: TaskHandle): PoolMember | null;
  startOf?(task: TaskHandle): number | null;
  /** From now on somebody has to hear of starts at once. */
  watchStarts?(): void;
  close(): void;
}
