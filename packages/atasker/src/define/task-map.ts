import { checkArray, checkBoolean, checkInteger, checkKeys, checkSignal, show } from '../common/check.ts';
import { invalidOption, TaskError } from '../common/errors.ts';
import { arrayConcat, arrayFilter, promiseCatch, promiseFinally, promiseThen } from '../platform/methods.ts';
import { Math, Promise, Symbol } from '../platform/primordials.ts';
import type { Task } from '../task/task.ts';
import { isAsyncIterable, type Inputs } from './input-source.ts';
import { ArrayReader, EndReader, ResultReader } from './map-readers.ts';
import { MapRun, type Settled } from './map-run.ts';
import { neverSettles } from './standstill.ts';

/** Options of one map: `fn.map(inputs, options)`. */
export interface MapOptions<A extends readonly unknown[] = readonly unknown[]> {
  /**
   * How many inputs may be in progress: taken, and not yet handed to the reader. @defaultValue the size of the pool; 64
   * where it has no limit
   */
  concurrency?: number | undefined;
  /**
   * Whether `for await` gives results in the order of the inputs; an awaited array always has that order. @defaultValue
   * `true`
   */
  ordered?: boolean | undefined;
  /** The arguments after the input, the same for every task. @defaultValue none */
  args?: A | undefined;
  /**
   * Ends the map: no further input is taken, and running tasks are cancelled. The map then fails with
   * `ERR_TASK_CANCELED`, whose `cause` is the reason. @defaultValue none
   */
  signal?: AbortSignal | undefined;
}

/**
 * Many tasks of one function. The map begins in the microtask after the call, takes up to `concurrency` inputs, and
 * then waits for a reader. `await` the map for all results, as often as you like, or read it once with `for await` or
 * `settled()`. Any other second reading fails with `ERR_MAP_CONSUMED`.
 */
export interface TaskMap<I, R> extends AsyncIterable<R>, Pick<Promise<R[]>, 'then' | 'catch' | 'finally'> {
  readonly [Symbol.toStringTag]: string;
  /**
   * Gives `{ input, index, result }` or `{ input, index, error }` for each input. An input that fails does not end the
   * map.
   *
   * @throws TaskError `ERR_MAP_CONSUMED` if the map is being read already, or was
   */
  settled(): AsyncIterableIterator<Settled<I, R>>;
}

/** What a map needs from its task function. */
export interface MapSource {
  readonly name: string;
  /** The default concurrency; 0 where no call starts a task. */
  readonly concurrency: number;
  readonly signal: AbortSignal | null;
  start(args: readonly unknown[]): Task;
}

const KEYS: readonly (keyof MapOptions)[] = ['concurrency', 'ordered', 'args', 'signal'];

export function mapTasks<I, R>(inputs: Inputs<I>, options: MapOptions, from: MapSource): TaskMap<I, R> {
  checkKeys('map options', options, KEYS);
  const { ordered = true, args = [], signal } = options;
  checkArray('args', args);
  const concurrency = checkInteger('concurrency', options.concurrency ?? Math.max(1, from.concurrency), 1, true);
  const signals = [from.signal, signal === undefined ? null : checkSignal('signal', signal)];
  const isOrdered = checkBoolean('ordered', ordered);
  const run = new MapRun<I, R>({
    name: from.name,
    inputs: checkInputs(inputs),
    concurrency: from.concurrency === 0 ? 0 : concurrency,
    signals: arrayFilter(signals, (given) => given !== null),
    start: (input) => from.start(arrayConcat<unknown>([input], args)),
  });
  return from.concurrency === 0 ? new InertMap(from.name) : new MapHandle(run, from.name, isOrdered);
}

/** The map as the user sees it. */
class MapHandle<I, R> implements TaskMap<I, R> {
  readonly #run: MapRun<I, R>;
  readonly #name: string;
  readonly #isOrdered: boolean;
  /** The promise of all results, once somebody has awaited the map. */
  #results: Promise<R[]> | null = null;
  #isIterated = false;

  constructor(run: MapRun<I, R>, name: string, isOrdered: boolean) {
    this.#run = run;
    this.#name = name;
    this.#isOrdered = isOrdered;
  }

  get [Symbol.toStringTag](): string {
    return 'TaskMap';
  }

  settled(): AsyncIterableIterator<Settled<I, R>> {
    this.#iterate();
    return new EndReader(this.#run, this.#isOrdered);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<R> {
    this.#iterate();
    return new ResultReader(this.#run, this.#isOrdered);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a map can be awaited
  then<A = R[], B = never>(
    onResults?: ((results: R[]) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseThen(this.#all(), onResults, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R[] | B> {
    return promiseThen(this.#all(), null, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<R[]> {
    return promiseFinally(this.#all(), onEnd);
  }

  #all(): Promise<R[]> {
    if (this.#isIterated) return Promise.reject(consumed(this.#name));
    this.#results ??= new ArrayReader(this.#run).results;
    return this.#results;
  }

  #iterate(): void {
    if (this.#isIterated || this.#results !== null) throw consumed(this.#name);
    this.#isIterated = true;
  }
}

/** A map that a module makes while a pool thread evaluates the module: this map never runs. */
class InertMap<I, R> implements TaskMap<I, R> {
  readonly [Symbol.toStringTag] = 'TaskMap';
  readonly #awaited: string;

  constructor(name: string) {
    this.#awaited = `a map of ${name}`;
  }

  settled(): AsyncIterableIterator<Settled<I, R>> {
    return this.#reader();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<R> {
    return this.#reader();
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a map can be awaited
  then<A = R[], B = never>(
    onResults?: ((results: R[]) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseThen(neverSettles(this.#awaited), onResults, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R[] | B> {
    return promiseCatch(neverSettles(this.#awaited), onError);
  }

  finally(onEnd?: (() => void) | null): Promise<R[]> {
    return promiseFinally(neverSettles(this.#awaited), onEnd);
  }

  #reader(): AsyncIterableIterator<never> {
    const next = (): Promise<never> => neverSettles(this.#awaited);
    return { next, [Symbol.asyncIterator]: () => this.#reader() };
  }
}

function consumed(name: string): TaskError {
  const way = 'call map() again, or await it once and use the array';
  const details = { taskName: name };
  return new TaskError('ERR_MAP_CONSUMED', `the map of ${name} is being read, or has been read: ${way}`, details);
}

function checkInputs<I>(inputs: Inputs<I>): Inputs<I> {
  if (typeof inputs === 'string' || (!isIterable(inputs) && !isAsyncIterable(inputs))) {
    throw invalidOption('type', `map takes an iterable of inputs, got ${show(inputs)}`);
  }
  return inputs;
}

const isIterable = <I>(inputs: Inputs<I>): inputs is Iterable<I | PromiseLike<I>> =>
  typeof (inputs as Partial<Iterable<I>> | null)?.[Symbol.iterator] === 'function';
