import { writeSync } from 'node:fs';
import { checkFunction } from '../common/check.ts';
import { inspect } from '../common/node-util.ts';
import { isThenable } from '../common/thenable.ts';
import { sharedState } from '../modules/library.ts';
import { arrayReversed, each, listOf, promiseCatch, promiseThen } from '../platform/methods.ts';
import { process } from '../platform/node.ts';
import { Object, Promise, Set } from '../platform/primordials.ts';

/** Call it to get the value of this thread. */
export interface ThreadLocal<T> {
  (): T;
  /** Disposes of the value of this thread now, if there is one; the next call makes a new value. */
  dispose(): Promise<void>;
}

/**
 * A value that each thread or process has for itself, such as a connection. The value is made at its first use in a
 * thread, kept between tasks, and disposed of before the thread or process exits, unless that is killed. The value that
 * was made last is disposed of first. If `dispose` returns a promise, it is awaited when an idle thread retires or the
 * supervisor stops, for up to a second, but not after `process.exit()`. In the program's own thread the value lives
 * until the program exits or `dispose()` is called.
 *
 * @throws TypeError with code `ERR_INVALID_OPTION`
 * @example
 * const db = threadLocal(() => openDatabase(path), (database) => database.close());
 * export const find = backgroundTask((id: number) => db().find(id));
 */
export function threadLocal<T>(create: () => T, dispose: (value: Awaited<T>) => unknown = () => {}): ThreadLocal<T> {
  checkFunction('create', create);
  checkFunction('dispose', dispose);
  let open: Open<T> | null = null;
  const get = (): T => {
    if (open !== null) return open.value;
    const made = new Open(create(), dispose, () => (open = null));
    open = made;
    return made.value;
  };
  return Object.assign(get, { dispose: async (): Promise<void> => await open?.close() });
}

/** A value of this thread, from its creation until it is disposed of. */
class Open<T> {
  readonly value: T;
  /** The value, awaited if it is a promise; undefined while the promise is pending. */
  #ready: { readonly value: Awaited<T> } | undefined;
  readonly #dispose: (value: Awaited<T>) => unknown;
  readonly #forget: () => void;

  constructor(value: T, dispose: (value: Awaited<T>) => unknown, forget: () => void) {
    this.value = value;
    this.#dispose = dispose;
    this.#forget = forget;
    if (openLocals.size === 0) process.on('exit', closeNow);
    openLocals.add(this as Open<unknown>);
    const ready = (result: unknown): void => void (this.#ready = { value: result as Awaited<T> });
    if (isThenable(value)) void promiseThen(Promise.resolve(value), ready, () => this.#leave()); // a later call retries
    else ready(value);
  }

  async close(): Promise<void> {
    if (!this.#leave()) return;
    await this.#dispose(await this.value);
  }

  closeNow(): void {
    if (this.#leave() && this.#ready !== undefined) this.#dispose(this.#ready.value);
  }

  #leave(): boolean {
    if (!openLocals.delete(this as Open<unknown>)) return false;
    if (openLocals.size === 0) process.off('exit', closeNow);
    this.#forget();
    return true;
  }
}

/** The values of this thread, in the order in which they were made. */
const openLocals = sharedState('thread locals', () => new Set<Open<unknown>>());

/** Disposes of all values of this thread; errors go to `failed`. */
export async function disposeThreadLocals(failed: (error: unknown) => void): Promise<void> {
  for (const open of each(arrayReversed(listOf(openLocals)))) await promiseCatch(open.close(), failed);
}

/** Disposes at the exit of the process, where nothing can be awaited and a warning that is emitted would be lost. */
function closeNow(): void {
  for (const open of each(arrayReversed(listOf(openLocals)))) {
    try {
      open.closeNow();
    } catch (error) {
      writeSync(2, `TaskWarning: dispose of a threadLocal threw: ${inspect(error)}\n`);
    }
  }
}
