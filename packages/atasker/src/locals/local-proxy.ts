import { checkString } from '../common/check.ts';
import { sharedState } from '../modules/library.ts';
import { Map } from '../platform/primordials.ts';

/**
 * A store of this thread or process that is kept between tasks (atasker: `LocalProxy`). A task finds the values of
 * earlier tasks of the same thread; other threads have stores of their own. Use `threadLocal` for a value that each
 * thread has to make, and to close at its end.
 */
export class LocalProxy {
  readonly #values = new Map<string, unknown>();

  /** The value with this name, or `otherwise` if there is none. */
  get(name: string): unknown;
  get<T>(name: string, otherwise: T): T;
  get(name: string, otherwise?: unknown): unknown {
    return this.#values.has(name) ? this.#values.get(name) : otherwise;
  }

  /** Stores a value under a name. */
  set(name: string, value: unknown): void {
    this.#values.set(checkString('name', name), value);
  }

  /** Whether there is a value with this name. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Removes one value, or all values if no name is given. */
  clear(name?: string): void {
    if (name === undefined) this.#values.clear();
    else this.#values.delete(name);
  }
}

/** The store of this thread (atasker: `g`). */
export const g: LocalProxy = sharedState('g', () => new LocalProxy());
