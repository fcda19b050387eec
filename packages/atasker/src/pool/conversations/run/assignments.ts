import type { Priority } from '../../../core/priority.ts';
import type { TaskHandle } from '../../../task/task.ts';
import type { Channel } from '../../channels/channel.ts';
import type { QueueAccess } from '../../channels/role.ts';

/** A task that a member has, from its handing over until its end. */
export interface Assignment {
  readonly task: TaskHandle;
  readonly number: number;
  /** The priority of the task when it was handed over. */
  readonly priority: Priority;
}

/** A task that is left in a member that has exited. */
export interface Left {
  readonly assignment: Assignment;
  /**
   * `begun`: the function of the task had begun. `handed`: the task was to begin next. `untouched`: the task waited
   * behind another one, so it cannot be the reason for the end of the member.
   */
  readonly fate: 'begun' | 'handed' | 'untouched';
}

/**
 * The tasks that one member has: one at a time and the prefetched ones behind it, or any number. Runs whose outcome
 * nobody waits for any more are among them until the member is done with them.
 */
export interface Assignments {
  /** How a thread takes tasks from the run queue by itself; null if each task is sent to the member. */
  readonly access: QueueAccess | null;
  readonly current: Assignment | null;
  /** Whether the member has any number of tasks at a time; then `current` is always null. */
  readonly holdsMany: boolean;
  /** Whether the member has no task at all. */
  readonly isEmpty: boolean;
  /**
   * Whether the member uses no slot: its task is suspended (it waits for a child), or the thread of an aloop takes no
   * more tasks.
   */
  readonly isSuspended: boolean;
  /** The assignment of this run if somebody still waits for its outcome; else null. */
  find(run: number): Assignment | null;
  /** The assignment of this task; null if the member does not have the task. */
  of(task: TaskHandle): Assignment | null;
  /** When the function of a run began, in monotonic milliseconds, if nobody has reported that yet; else null. */
  startOf?(assignment: Assignment): number | null;
  /**
   * Prevents a run from beginning. False if the run has begun; null if only later frames of the member, or its exit,
   * tell.
   */
  revoke(assignment: Assignment, channel: Channel): boolean | null;
  /** Adds a task that is sent to the member. */
  add(task: TaskHandle): Assignment;
  /**
   * Forgets a run whose outcome is decided; a result that still comes is ignored. Returns the run that becomes the
   * current one, if there is one.
   */
  drop(assignment: Assignment): Assignment | null;
  /** A run does not take place in this member, though its task may still run elsewhere. */
  giveBack?(assignment: Assignment): void;
  /** Notes how long the function of a run took, in milliseconds; null if the run failed or its member did not tell. */
  took?(assignment: Assignment, ms: number | null): void;
  /** Takes back the tasks that are prefetched behind the current one. */
  takeBack?(): void;
  /** All that follows from the end of this run has been done: frees its slot, if the slot was kept until now. */
  release?(assignment: Assignment): void;
  /**
   * Closes the member, which is at this assignment (null: at none), for further tasks. False if it is at another run by
   * now.
   */
  close?(assignment: Assignment | null): boolean;
  /** Wakes the member, which is to read a frame soon. */
  wake?(): void;
  /** Reads the results that do not come as frames. */
  readArrived?(): void;
  /** The member has exited: returns the tasks that are left in it. */
  bury(): readonly Left[];
}
