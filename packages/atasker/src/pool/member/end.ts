import type { TaskError } from '../../common/errors.ts';
import type { Exit } from '../../executors/executor.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { MemberKind } from '../channels/channel.ts';
import type { Assignment } from './assignments.ts';
import { lostError } from './lost.ts';

/** What becomes of a run that its member was ended at. */
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

  /** The first that went wrong. */
  get cause(): Error | null {
    return this.#cause;
  }

  blame(error: Error): void {
    this.#cause ??= error;
  }

  exited(exit: Exit): void {
    this.#exit = exit;
  }

  /** The error of a task that it has left; null: it had none. */
  lost(id: number, task: TaskHandle | null): TaskError {
    return lostError({ kind: this.#kind, id, task, exit: this.#exit, cause: this.#cause });
  }

  /** It is being ended at this run. Whether that had begun is known when it has exited. */
  defer(assignment: Assignment, decide: Decide): void {
    this.#pending = { assignment, decide };
  }

  /** It has exited: decides about this run, if that was deferred. */
  decide(assignment: Assignment, hasBegun: boolean): boolean {
    if (this.#pending?.assignment !== assignment) return false;
    this.#pending.decide(assignment, hasBegun);
    return true;
  }
}
