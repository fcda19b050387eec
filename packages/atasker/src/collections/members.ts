import { checkBoolean, checkFunction, checkKeys, checkOneOf, checkString } from '../common/check.ts';
import { invalidOption, TaskError } from '../common/errors.ts';
import { PRIORITIES, type Priority } from '../core/priority.ts';
import { arrayConcat, arrayFilter, arrayMap, arrayPush, arraySorted, each, listOf } from '../platform/methods.ts';
import { AggregateError, Map, Number, Object } from '../platform/primordials.ts';

/** Options of a collection. */
export interface CollectionOptions {
  /**
   * Called with the error and the name of each function that fails; the collection itself then does not fail.
   * @defaultValue none
   */
  onError?: ((error: unknown, name: string) => unknown) | undefined;
  /**
   * Whether to put the error of a failed function among the results; the collection itself then does not fail.
   * @defaultValue `false`
   */
  includeExceptions?: boolean | undefined;
}

/** Options of a function in a collection. */
export interface MemberOptions {
  /**
   * The place of the function: a priority (critical 0, high 50, normal 100, low 200, as in atasker) or a number, lower
   * ones first. @defaultValue `'normal'`
   */
  priority?: Priority | number | undefined;
  /** The key of the function among the results. @defaultValue the function's name */
  name?: string | undefined;
}

/** How the functions of a collection have ended. */
export interface CollectionReport {
  /** What each function has returned, by name; undefined for a function that failed. */
  readonly result: Record<string, unknown>;
  /** Whether no function has failed. */
  readonly allOk: boolean;
}

export type MemberFn = () => unknown;

/** A function of a collection. */
export interface Member {
  readonly fn: MemberFn;
  readonly name: string;
  readonly priority: Priority | number | null;
}

const PLACES: Readonly<Record<Priority, number>> = { critical: 0, high: 50, normal: 100, low: 200 };

/** The functions of a collection, by name. */
export class Members {
  readonly #members = new Map<string, Member>();

  add(fn: MemberFn, options: MemberOptions): void {
    checkFunction('add', fn);
    checkKeys('member options', options, ['priority', 'name']);
    const name = checkString('name', options.name ?? fn.name);
    const priority = options.priority === undefined ? null : checkPlace(options.priority);
    if (this.#members.has(name)) {
      throw new TaskError(
        'ERR_NAME_IN_USE',
        `the collection already has a function named ${name}; give this one another name`,
      );
    }
    this.#members.set(name, { fn, name, priority });
  }

  /** @returns whether the function was in the collection */
  remove(fn: MemberFn): boolean {
    const names = arrayMap(
      arrayFilter(listOf(this.#members.values()), (member) => member.fn === fn),
      ({ name }) => name,
    );
    for (const name of each(names)) this.#members.delete(name);
    return names.length > 0;
  }

  /** The functions by priority, then by arrival. */
  ordered(): readonly Member[] {
    return arraySorted(listOf(this.#members.values()), (a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ priority }: Member): number {
  return typeof priority === 'number' ? priority : PLACES[priority ?? 'normal'];
}

function checkPlace(value: unknown): Priority | number {
  if (typeof value !== 'number') return checkOneOf('priority', value, PRIORITIES);
  if (Number.isFinite(value)) return value;
  throw invalidOption('range', `priority must be a finite number, or one of the priorities, got ${value}`);
}

/** Collects the results of one run of all functions. */
export class Round {
  readonly #options: CollectionOptions;
  readonly #results = new Map<string, unknown>();
  readonly #errors: unknown[] = [];
  #allOk = true;

  constructor(members: readonly Member[], options: CollectionOptions) {
    this.#options = options;
    for (const { name } of each(members)) this.#results.set(name, undefined);
  }

  /** Calls a function and awaits its result; never throws. */
  async settle(name: string, call: () => unknown): Promise<void> {
    try {
      this.#results.set(name, await call());
    } catch (error) {
      this.#allOk = false;
      this.#failed(name, error);
    }
  }

  /**
   * @throws the errors of the functions, unless `onError` or the results have them; several errors as an AggregateError
   */
  end(): CollectionReport {
    if (this.#errors.length === 1) throw this.#errors[0] as Error;
    if (this.#errors.length > 1) throw new AggregateError(this.#errors, `${this.#errors.length} functions failed`);
    const result: Record<string, unknown> = {};
    for (const name of this.#results.keys()) put(result, name, this.#results.get(name));
    return { result, allOk: this.#allOk };
  }

  #failed(name: string, error: unknown): void {
    const { onError, includeExceptions = false } = this.#options;
    if (includeExceptions) this.#results.set(name, error);
    else if (onError === undefined) arrayPush(this.#errors, error);
    try {
      onError?.(error, name);
    } catch (problem) {
      arrayPush(this.#errors, problem);
    }
  }
}

/** Sets a property, even one with a name such as `__proto__`. */
function put(result: object, name: string, value: unknown): void {
  Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
}

export function checkCollection(name: string, options: CollectionOptions, more: readonly string[] = []): void {
  checkKeys(name, options, arrayConcat(['onError', 'includeExceptions'], more));
  if (options.onError !== undefined) checkFunction('onError', options.onError);
  if (options.includeExceptions !== undefined) checkBoolean('includeExceptions', options.includeExceptions);
}
