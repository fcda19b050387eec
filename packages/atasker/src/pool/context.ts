import type { Alarms, Clock } from '../common/clock.ts';
import type { MainFile } from '../common/role.ts';
import type { Outcome } from '../task/outcome.ts';
import type { TaskHandle } from '../task/task.ts';
import type { Dispatch } from './dispatch/dispatch.ts';
import type { PoolMember } from './member/member.ts';

/** The facts about the user's program that a pool needs. */
export interface Program {
  /** The file from which this copy of the library was evaluated: a `file:` URL, or a path for CommonJS. */
  readonly library: string;
  mainFile(): MainFile;
}

/** What a pool gets from its supervisor: facts about the program and the tasks, and the clock. */
export interface MemberPoolContext {
  /** The prefix of the ids of the pool's tasks. */
  readonly idPrefix: string;
  /** Whether the threads of the pool take their tasks from the run queue by themselves (transport `'shared'`). */
  readonly isShared: boolean;
  /** Whether the task runs in a member of this pool; false for a task of the inline mode. */
  isOurs(task: TaskHandle): boolean;
  readonly program: Program;
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** Set if this is the pool of an aloop, where one thread serves all tasks; else null. */
  readonly aloop: AloopContext | null;
}

/** What differs in the pool of an aloop, where one member has many tasks at a time. */
export interface AloopContext {
  readonly name: string;
  makeDispatch(retire: (member: PoolMember) => void): Dispatch;
  /** Ends a task without harm to the other tasks of the member. */
  drop(member: PoolMember, task: TaskHandle, outcome: Outcome): void;
}
