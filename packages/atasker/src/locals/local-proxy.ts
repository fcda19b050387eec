import { checkString } from '../common/check.ts';
import { sharedState } from '../modules/library.ts';
import { Map } from '../platform/primordials.ts';

/**
 * A store of this thread or process, which is kept between its tasks (atasker: `LocalProxy`). What a task has put
 * there the next one in the same thread finds; other threads have their own. For something that is to be made in
 * each thread, and closed with it, take `threadLocal`.
 */
export class LocalProxy {
  readonly #values = new Map<string, unknown>();

  /** The value of a name; undefined, or what else is given, if there is none. */
  get(name: string): unknown;
  get<T>(name: string, otherwise: T): T;
  get(name: string, otherwise?: unknown): unknown {
    return this.#values.has(name) ? this.#values.get(name) : otherwise;
  }

  /** Keeps a value under a name. */
  set(name: string, value: unknown): void {
    this.#values.set(checkString('name', name), value);
  }

  /** Whether there is a value of this name. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Takes out one value, or without a name all of them. */
  clear(name?: string): void {
    if (name === undefined) this.#values.clear();
    else this.#values.delete(name);
  }
}

/** The store of this thread (atasker: `g`). */
export const g: LocalProxy = sharedState('g', () => new LocalProxy());
