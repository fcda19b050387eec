import { invalidOption } from '../errors.ts';
import { checkBoolean, checkInteger, checkKeys, checkSignal, show } from '../options.ts';
import type { Task } from '../task.ts';

export interface MapOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** How many inputs are out at a time. @defaultValue the size of the pool; 64 where it has no limit */
  concurrency?: number | undefined;
  /** Whether results come in the order of the inputs. @defaultValue `true` */
  ordered?: boolean | undefined;
  /** The arguments after the input, the same for every task. */
  args?: A | undefined;
  /** Ends the map: no further input is taken, and the tasks that are out are cancelled. */
  signal?: AbortSignal | undefined;
}

/** How one input ended. */
export type Settled<I, R> =
  | { readonly input: I; readonly index: number; readonly result: R; readonly error?: never }
  | { readonly input: I; readonly index: number; readonly error: unknown; readonly result?: never };

/** The inputs of a map: any iterable, also an async one. */
export type Inputs<T> = Iterable<T> | AsyncIterable<T>;

/** Many tasks of one function. It starts when it is awaited or iterated, and can be so once. */
export interface TaskMap<I, R> extends AsyncIterable<R>, PromiseLike<R[]> {
  /**
   * Gives `{ input, index, result }` or `{ input, index, error }` for each input:
   * one that fails does not end the map.
   */
  settled(): AsyncIterableIterator<Settled<I, R>>;
}

/** What the task function brings to its map. */
export interface MapSource {
  readonly concurrency: number;
  readonly signal: AbortSignal | null;
  start(args: readonly unknown[], signal: AbortSignal): Task;
}

const KEYS: readonly (keyof MapOptions)[] = ['concurrency', 'ordered', 'args', 'signal'];

export function mapTasks<I, R>(inputs: Inputs<I>, options: MapOptions, from: MapSource): TaskMap<I, R> {
  checkKeys('map options', options, KEYS);
  const { concurrency = from.concurrency, ordered = true, args = [], signal } = options;
  const signals = [from.signal, signal === undefined ? null : checkSignal('signal', signal)];
  const plan: Plan<I> = {
    inputs: checkInputs(inputs),
    concurrency: checkInteger('concurrency', concurrency, 1, true),
    isOrdered: checkBoolean('ordered', ordered),
    signals: signals.filter((each) => each !== null),
    start: (input, ending) => from.start([input, ...args], ending),
  };
  const settled = (): AsyncGenerator<Settled<I, R>> => new MapRun<I, R>(plan).run();
  return {
    settled,
    [Symbol.asyncIterator]: () => results(settled()),
    // oxlint-disable-next-line unicorn/no-thenable -- a map can be awaited
    then: (onResults, onError) => collect(results(settled())).then(onResults, onError),
  };
}

function checkInputs<I>(inputs: Inputs<I>): Inputs<I> {
  if (typeof inputs === 'string' || (!isIterable(inputs) && !isAsyncIterable(inputs))) {
    throw invalidOption('type', `map takes an iterable of inputs, got ${show(inputs)}`);
  }
  return inputs;
}

const isIterable = <I>(inputs: Inputs<I>): inputs is Iterable<I> =>
  typeof (inputs as Partial<Iterable<I>> | null)?.[Symbol.iterator] === 'function';

const isAsyncIterable = <I>(inputs: Inputs<I>): inputs is AsyncIterable<I> =>
  typeof (inputs as Partial<AsyncIterable<I>> | null)?.[Symbol.asyncIterator] === 'function';

/** Ends at the first task that did not complete; those that are out are then cancelled. */
async function* results<I, R>(ends: AsyncGenerator<Settled<I, R>>): AsyncGenerator<R> {
  for await (const end of ends) {
    if ('error' in end) throw end.error;
    yield end.result;
  }
}

async function collect<R>(items: AsyncIterable<R>): Promise<R[]> {
  const list: R[] = [];
  for await (const item of items) list.push(item);
  return list;
}

interface Plan<I> {
  readonly inputs: Inputs<I>;
  readonly concurrency: number;
  readonly isOrdered: boolean;
  readonly signals: readonly AbortSignal[];
  readonly start: (input: I, signal: AbortSignal) => Task;
}

/**
 * One pass over the inputs. Inputs are taken as long as fewer than `concurrency` are out, that is
 * started and not yet handed to the reader; so neither a slow reader nor a slow source fills the memory,
 * and a result does not wait for the next input.
 */
class MapRun<I, R> {
  readonly #plan: Plan<I>;
  readonly #source: Iterator<I> | AsyncIterator<I>;
  /** Cancels what is out: when the reader goes away, or a signal of the user's aborts. */
  readonly #ending = new AbortController();
  readonly #ready = new Map<number, Settled<I, R>>();
  #started = 0;
  #given = 0;
  #isPulling = false;
  #isExhausted = false;
  #sourceError: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(plan: Plan<I>) {
    this.#plan = plan;
    this.#source = isAsyncIterable(plan.inputs) ? plan.inputs[Symbol.asyncIterator]() : plan.inputs[Symbol.iterator]();
  }

  async *run(): AsyncGenerator<Settled<I, R>> {
    const { signals } = this.#plan;
    const abort = (): void => this.#abort();
    for (const signal of signals) signal.addEventListener('abort', abort);
    try {
      abort();
      for (;;) {
        const end = this.#take();
        void this.#pull();
        if (end !== undefined) yield end;
        else if (this.#isOver()) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', abort);
      this.#ending.abort();
      await this.#close();
    }
  }

  /** A signal of the user's may have aborted. */
  #abort(): void {
    const aborted = this.#plan.signals.find((signal) => signal.aborted);
    if (aborted === undefined) return;
    this.#ending.abort(aborted.reason);
    this.#wake();
  }

  /** Whether nothing is out; what ended the source or the map early is thrown then. */
  #isOver(): boolean {
    if (this.#started > this.#given) return false;
    if (this.#sourceError !== null) throw this.#sourceError.error;
    this.#ending.signal.throwIfAborted();
    return this.#isExhausted;
  }

  async #pull(): Promise<void> {
    if (this.#isPulling) return;
    this.#isPulling = true;
    try {
      while (this.#wantsMore()) {
        const next = await this.#source.next();
        if (next.done) this.#isExhausted = true;
        else if (!this.#ending.signal.aborted) this.#start(next.value);
      }
    } catch (error) {
      this.#sourceError = { error };
    }
    this.#isPulling = false;
    this.#wake();
  }

  #wantsMore(): boolean {
    const isEnding = this.#isExhausted || this.#sourceError !== null || this.#ending.signal.aborted;
    return !isEnding && this.#started - this.#given < this.#plan.concurrency;
  }

  #start(input: I): void {
    const index = this.#started;
    const task = this.#plan.start(input, this.#ending.signal);
    this.#started += 1;
    const settle = (end: Settled<I, R>): void => {
      this.#ready.set(index, end);
      this.#wake();
    };
    task.then(
      (result) => settle({ input, index, result: result as R }),
      (error: unknown) => settle({ input, index, error }),
    );
  }

  /** The next end to hand over, if there is one. */
  #take(): Settled<I, R> | undefined {
    const end = this.#plan.isOrdered ? this.#ready.get(this.#given) : this.#ready.values().next().value;
    if (end === undefined) return undefined;
    this.#ready.delete(end.index);
    this.#given += 1;
    return end;
  }

  /** Lets the source clean up. One that still owes an input is not waited for. */
  async #close(): Promise<void> {
    if (this.#isExhausted || this.#sourceError !== null) return;
    const closed = Promise.resolve(this.#source.return?.());
    if (this.#isPulling) closed.catch(() => {});
    else await closed;
  }
}
