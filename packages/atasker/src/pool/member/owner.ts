import type { Exit, Fault } from '../../executors/executor.ts';
import type { Outcome } from '../../task/outcome.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Assignment, Assignments } from '../conversations/run/assignments.ts';

/** What a member `M` needs from its pool, and reports to it. */
export interface MemberOwner<M> {
  readonly assignments: Assignments;
  ready(member: M): void;
  /** The member has taken a task whose arguments the pool has to send. */
  fetches(member: M, task: TaskHandle): void;
  /** The member loads the module of its task from now on, or (`waits`) waits until it may. */
  loads(member: M, task: TaskHandle, waits: boolean): void;
  /** The member asks whether it may load modules, or has loaded them. */
  loadTurn(member: M, turn: 'awaitsLoad' | 'loaded'): void;
  /**
   * The member could not load a module, or (null) code in the member has broken what other code needs. The task of the
   * member ends next. Returns whether the member is to be replaced.
   */
  loadFailed(module: string | null): boolean;
  /** The member has evaluated too little of the main file for the tasks that come now. */
  tooOld(member: M): void;
  ended(member: M, task: TaskHandle, outcome: Outcome): void;
  /** The task had not begun. `fault` says what became of the member, if that may be the reason; else null. */
  givenBack(member: M, assignment: Assignment, fault: Fault | null): void;
  /** The member has exited. `cause` is null if the pool wanted that. */
  gone(member: M, exit: Exit, cause: Error | null): void;
}
