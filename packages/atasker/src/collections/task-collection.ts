import { recipeOf } from '../define/background-task.ts';
import { callOf } from '../define/call-of.ts';
import { hostFor } from '../define/host.ts';
import { resolveHost } from '../define/task-options.ts';
import { arrayMap } from '../platform/methods.ts';
import { Promise } from '../platform/primordials.ts';
import type { Host, Task } from '../task/task.ts';
import {
  checkCollection,
  Members,
  Round,
  type CollectionOptions,
  type CollectionReport,
  type Member,
  type MemberFn,
  type MemberOptions,
} from './members.ts';

/** Options of a `TaskCollection`. */
export interface TaskCollectionOptions extends CollectionOptions {
  /** The supervisor that runs the tasks. @defaultValue the one of each task function, else the default one */
  supervisor?: Host | undefined;
}

/**
 * Functions that are run together as tasks, all at once (atasker: `TaskCollection`): a plain function as an async task
 * in this thread, a task function as a task of its type. A priority that is given as a word is also the priority of the
 * task.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const warmUp = new TaskCollection();
 * warmUp.add(loadModel);
 * const { model } = await warmUp.run();
 */
export class TaskCollection {
  readonly #members = new Members();
  readonly #options: CollectionOptions;
  readonly #host: Host | null;

  constructor(options: TaskCollectionOptions = {}) {
    checkCollection('TaskCollection options', options, ['supervisor']);
    this.#options = options;
    this.#host = resolveHost(options) ?? null;
  }

  /** Adds a function and returns it. @throws TaskError `ERR_NAME_IN_USE` */
  add<F extends MemberFn>(fn: F, options: MemberOptions = {}): F {
    this.#members.add(fn, options);
    return fn;
  }

  /** Removes a function. @returns whether the function was in the collection */
  remove(fn: MemberFn): boolean {
    return this.#members.remove(fn);
  }

  /**
   * Runs all functions and returns their results by name. @throws what tasks fail with, without `onError` and
   * `includeExceptions`, after all have ended
   */
  async run(): Promise<Record<string, unknown>> {
    return (await this.execute()).result;
  }

  /** Runs all functions and returns their results, and whether all have succeeded. @throws as `run` does */
  async execute(): Promise<CollectionReport> {
    const members = this.#members.ordered();
    const round = new Round(members, this.#options);
    await Promise.all(arrayMap(members, (member) => round.settle(member.name, () => this.#start(member))));
    return round.end();
  }

  #start({ fn, name, priority }: Member): Task {
    const recipe = recipeOf(fn);
    const how = recipe === null ? ({ name, tt: 'async' } as const) : {};
    const call = callOf(fn, [], { ...how, priority: typeof priority === 'string' ? priority : undefined });
    return hostFor(this.#host ?? recipe?.host ?? null).submit(call);
  }
}
