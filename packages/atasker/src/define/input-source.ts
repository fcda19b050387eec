import type { AsyncResource } from 'node:async_hooks';
import { types } from '../common/node-util.ts';
import { isThenable } from '../common/thenable.ts';
import { arrayForEach, each, promiseCatch, promiseThen } from '../platform/methods.ts';
import { runInScope } from '../platform/node.ts';
import { Array, Promise, String, Symbol, TypeError } from '../platform/primordials.ts';

/** The inputs of a map: any iterable or async iterable. Promises among the inputs are awaited. */
export type Inputs<T> = Iterable<T | PromiseLike<T>> | AsyncIterable<T | PromiseLike<T>>;

type Result<T> = IteratorResult<T | PromiseLike<T>>;

/** The source of a map: it is asked for one input at a time, and closed once. */
export class InputSource<T> {
  readonly #iterator: Iterator<T | PromiseLike<T>> | AsyncIterator<T | PromiseLike<T>>;
  readonly #context: AsyncResource;
  #isExhausted = false;
  /** Whether code of the source is running: the source cannot be closed during that. */
  #isRunning = false;
  /** Whether an asynchronous source has been asked for an input that has not been taken yet. */
  #owesInput = false;
  #closing: Promise<void> | null = null;

  /** @throws what the inputs throw when they are asked for their iterator */
  constructor(inputs: Inputs<T>, context: AsyncResource) {
    this.#context = context;
    if (Array.isArray(inputs)) arrayForEach(inputs, expectRejection);
    this.#iterator = isAsyncIterable(inputs) ? inputs[Symbol.asyncIterator]() : iteratorOf(inputs);
  }

  /** Whether the source has reported its end or has thrown, or has been closed. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** The answer of the source to being closed; null if the reader of the map does not have to wait for it. */
  get closing(): Promise<void> | null {
    return this.#closing;
  }

  /** Asks for the next input. Call `answered` when what a promise gives has been taken. @throws what the source throws */
  next(): Result<T> | Promise<Result<T>> {
    this.#isRunning = true;
    try {
      const next = this.#iterator.next();
      if (!isThenable(next)) return iteratorResult(next as Result<T>);
      this.#owesInput = true;
      return promiseThen(Promise.resolve(next), iteratorResult);
    } catch (error) {
      this.#isExhausted = true;
      throw error;
    } finally {
      this.#isRunning = false;
    }
  }

  answered(): void {
    this.#owesInput = false;
  }

  /** The source has reported its end or an error. */
  ended(): void {
    this.#isExhausted = true;
  }

  /** Lets the source clean up, once. A source that still owes an input is not waited for. */
  close(): void {
    if (this.#isExhausted || this.#isRunning) return;
    this.#isExhausted = true;
    const closing = runInScope(this.#context, close, null, this.#iterator);
    void promiseCatch(closing, () => {}); // whoever waits for `closing` gets the error
    if (!this.#owesInput) this.#closing = closing;
  }
}

async function close(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.();
}

/**
 * Handles the rejection of a promise that may come before its turn in the array; without a handler that would end the
 * program.
 */
function expectRejection(input: unknown): void {
  if (types.isPromise(input)) void promiseCatch(input, () => {});
}

export const isAsyncIterable = <T>(inputs: Iterable<T> | AsyncIterable<T>): inputs is AsyncIterable<T> =>
  typeof (inputs as Partial<AsyncIterable<T>> | null)?.[Symbol.asyncIterator] === 'function';

/**
 * Checks what an iterator returned. @throws TypeError if that is not an object, as `for…of` does: otherwise the map
 * would never end
 */
function iteratorResult<T>(result: IteratorResult<T>): IteratorResult<T> {
  if ((typeof result === 'object' && result !== null) || typeof result === 'function') return result;
  throw new TypeError(`the iterator of the inputs of a map returned ${String(result)} instead of an iterator result`);
}

function iteratorOf<T>(inputs: Iterable<T>): Iterator<T> {
  return Array.isArray(inputs) ? each(inputs as T[]) : inputs[Symbol.iterator]();
}
