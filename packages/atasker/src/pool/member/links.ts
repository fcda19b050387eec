import type { Exit } from '../../executors/executor.ts';
import type { Outcome, TaskHandle } from '../../task/task.ts';
import type { Assignment, Assignments } from './assignments.ts';

/** What a member `M` tells its pool. */
export interface MemberEvents<M> {
  ready(member: M): void;
  /** It has taken a task whose arguments it has to be sent. */
  fetches(member: M, task: TaskHandle): void;
  /** It loads the module of its task from now on, or waits until it may. */
  loads(member: M, task: TaskHandle, waits: boolean): void;
  /** It asks whether it may load modules, or has done so. */
  loadTurn(member: M, turn: 'awaitsLoad' | 'loaded'): void;
  /** A module could not be loaded there, or (null) what has been done there breaks other code; its task ends next. Gives whether the member is to be replaced. */
  loadFailed(module: string | null): boolean;
  /** It has evaluated too little of the main file for the tasks that come now. */
  tooOld(member: M): void;
  ended(member: M, task: TaskHandle, outcome: Outcome): void;
  /** The task had not begun; `fault` says what became of its member, if that may be why. */
  givenBack(member: M, assignment: Assignment, fault: Error | null): void;
  /** The member is no more. `cause` if that was not our wish. */
  gone(member: M, exit: Exit, cause: Error | null): void;
}

/** What links it to its pool. */
export interface MemberLinks<M> extends MemberEvents<M> {
  readonly assignments: Assignments;
}
