import type { Alarms, Clock } from '../common/clock.ts';
import type { MainFile } from '../common/role.ts';
import type { Outcome, TaskHandle } from '../task/task.ts';
import type { Dispatch } from './dispatch/dispatch.ts';
import type { PoolMember } from './member/member.ts';

/** What a pool needs to know of the program that it works for. */
export interface Program {
  /** The file of this copy of the library. */
  readonly library: string;
  mainFile(): MainFile;
}

/** What a pool works with. */
export interface MemberPoolContext {
  /** How the ids of its tasks begin. */
  readonly idPrefix: string;
  /** Whether its members are to take their tasks by themselves. */
  readonly isShared: boolean;
  /** Whether a task runs in its members at all. */
  isOurs(task: TaskHandle): boolean;
  readonly program: Program;
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** If its one member is the thread of an aloop. */
  readonly aloop: AloopContext | null;
}

/** What is other where one member takes many tasks. */
export interface AloopContext {
  readonly name: string;
  makeDispatch(retire: (member: PoolMember) => void): Dispatch;
  /** A task ends that has not begun; the others there are not to be harmed. */
  drop(member: PoolMember, task: TaskHandle, outcome: Outcome): void;
}
