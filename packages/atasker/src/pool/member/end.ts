import type { TaskError } from '../../common/errors.ts';
import type { Exit } from '../../executors/executor.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { MemberKind } from '../channels/channel.ts';
import type { Assignment } from '../conversations/run/assignments.ts';
import { lostError } from './lost.ts';

/** Decides what becomes of the run that the member was at when the pool ended the member. */
export type Decide = (assignment: Assignment, hasBegun: boolean) => void;

/** How and why one member ends, and what that means for its tasks. */
export class MemberEnd {
  readonly #kind: MemberKind['name'];
  #cause: Error | null = null;
  #exit: Exit | null = null;
  #pending: { readonly assignment: Assignment; readonly decide: Decide } | null = null;

  constructor(kind: MemberKind['name']) {
    this.#kind = kind;
  }

  /** The first error that was blamed for the end. */
  get cause(): Error | null {
    return this.#cause;
  }

  blame(error: Error): void {
    this.#cause ??= error;
  }

  exited(exit: Exit): void {
    this.#exit = exit;
  }

  /** The error of a task that the member has left behind; `task` is null if the member had none. */
  lost(id: number, task: TaskHandle | null): TaskError {
    return lostError({ kind: this.#kind, id, task, exit: this.#exit, cause: this.#cause });
  }

  /** The pool ends the member at this run. Whether the run had begun is known only when the member has exited. */
  defer(assignment: Assignment, decide: Decide): void {
    this.#pending = { assignment, decide };
  }

  /** The member has exited: decides about this run if the decision was deferred, else returns false. */
  decide(assignment: Assignment, hasBegun: boolean): boolean {
    if (this.#pending?.assignment !== assignment) return false;
    this.#pending.decide(assignment, hasBegun);
    return true;
  }
}
