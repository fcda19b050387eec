import type { Priority } from '../../core/priority.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Channel } from '../channels/channel.ts';
import type { QueueAccess } from '../channels/role.ts';

/** A task that a member has, from its handing over until its end. */
export interface Assignment {
  readonly task: TaskHandle;
  readonly number: number;
  /** As it was when it was handed over. */
  readonly priority: Priority;
  /** Whether its arguments have left, and with them what was transferred. */
  wasSent: boolean;
}

/** What is left in a member that is no more. */
export interface Left {
  readonly assignment: Assignment;
  /** Whether it had begun, was to begin next, or had another before it, which is no reason to suspect it of anything. */
  readonly fate: 'begun' | 'handed' | 'untouched';
}

/** The tasks that one member has: one at a time and those that follow it there, or any number; and those that nobody waits for any more. */
export interface Assignments {
  /** How it takes tasks by itself; null if each is sent to it. */
  readonly access: QueueAccess | null;
  readonly current: Assignment | null;
  /** Whether it has any number at a time, and none of them is the current one. */
  readonly holdsMany: boolean;
  /** Whether it has none at all. */
  readonly isEmpty: boolean;
  /** Whether it has one that is suspended: it waits for a child, and its slot is free. */
  readonly isSuspended: boolean;
  /** The task of this run, if it is still waited for. */
  find(run: number): Assignment | null;
  /** What it has of this task. */
  of(task: TaskHandle): Assignment | null;
  /** When the function of a run began, if nobody has told yet; else null. */
  startOf?(assignment: Assignment): number | null;
  /** A run is not to begin any more. False if it has begun; null if only what the member still tells, or its exit, says so. */
  revoke(assignment: Assignment, channel: Channel): boolean | null;
  /** A task is sent to it. */
  add(task: TaskHandle): Assignment;
  /** How this run ends has been decided: what comes of it is dropped. Gives the run that now is the current one in its place. */
  drop(assignment: Assignment): Assignment | null;
  /** A run does not take place, and its member has no more to do with it, though its task may. */
  giveBack?(assignment: Assignment): void;
  /** How long the function of a run took, in milliseconds, if it did well and said so; else null. */
  took?(assignment: Assignment, ms: number | null): void;
  /** Asks for those back that wait there for the end of the current one. */
  takeBack?(): void;
  /** What follows from the end of this run has been done: its slot is free now, if it was held until then. */
  release?(assignment: Assignment): void;
  /** It is to get nothing more after this; false if it is at another run by now. */
  close?(assignment: Assignment | null): boolean;
  /** Something was posted to it, which it is to read soon. */
  wake?(): void;
  /** Reads the results that do not come as frames. */
  readArrived?(): void;
  /** It is no more. */
  bury(): readonly Left[];
}
