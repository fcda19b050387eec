/** Arguments in a form that only executors of one kind know, by its class. */
export abstract class OwnArgs {
  /** The task has ended: frees what the arguments hold. */
  release(): void {}
}

/**
 * The arguments of a task: as the caller gave them, as a text, as the number that is the only argument, or in a form of
 * the executor's own.
 */
export type TaskArgs = readonly unknown[] | string | number | OwnArgs;
