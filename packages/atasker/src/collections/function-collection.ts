import { each } from '../platform/methods.ts';
import {
  checkCollection,
  Members,
  Round,
  type CollectionOptions,
  type CollectionReport,
  type MemberFn,
  type MemberOptions,
} from './members.ts';

/**
 * Functions that are run together, one after another (atasker: `FunctionCollection`): by priority, then in the order in
 * which they were added. If a function returns a promise, the next function waits for it. A function that fails does
 * not stop the others.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const cleanUp = new FunctionCollection();
 * cleanUp.add(closeFiles, { priority: 'high' });
 * await cleanUp.run();
 */
export class FunctionCollection {
  readonly #members = new Members();
  readonly #options: CollectionOptions;

  constructor(options: CollectionOptions = {}) {
    checkCollection('FunctionCollection options', options);
    this.#options = options;
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
   * Runs all functions and returns their results by name. @throws what functions throw, without `onError` and
   * `includeExceptions`, after all have run
   */
  async run(): Promise<Record<string, unknown>> {
    return (await this.execute()).result;
  }

  /** Runs all functions and returns their results, and whether all have succeeded. @throws as `run` does */
  async execute(): Promise<CollectionReport> {
    const members = this.#members.ordered();
    const round = new Round(members, this.#options);
    for (const { name, fn } of each(members)) await round.settle(name, fn);
    return round.end();
  }
}
