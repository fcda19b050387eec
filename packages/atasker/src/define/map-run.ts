import { AsyncResource } from 'node:async_hooks';
import { Alarms, systemClock } from '../common/clock.ts';
import { CanceledError } from '../common/errors.ts';
import { types } from '../common/node-util.ts';
import { isThenable } from '../common/thenable.ts';
import {
  arrayFind,
  arrayForEach,
  arrayPush,
  arrayShift,
  each,
  promiseCatch,
  promiseThen,
} from '../platform/methods.ts';
import { runInScope, setImmediate } from '../platform/node.ts';
import { Array, Map, Promise, String, Symbol, TypeError } from '../platform/primordials.ts';
import { follow, unfollow, type Follower } from '../task/abort.ts';
import { TaskHandle, type Task } from '../task/task.ts';
import { UnobservedFailures, type Failing } from '../task/unobserved.ts';

/** How one input ended; `input` is the promise itself if that was rejected. */
export type Settled<I, R> =
  | { readonly input: I; readonly index: number; readonly result: R; readonly error?: never }
  | { readonly input: I; readonly index: number; readonly error: unknown; readonly result?: never };

/** The inputs of a map: any iterable, also an async one. Promises among them are awaited. */
export type Inputs<T> = Iterable<T | PromiseLike<T>> | AsyncIterable<T | PromiseLike<T>>;

/** What a map runs over, and how; checked. */
export interface Plan<I> {
  /** The name of its tasks. */
  readonly name: string;
  readonly inputs: Inputs<I>;
  /** 0 where no call starts a task: then nothing is taken. */
  readonly concurrency: number;
  readonly signals: readonly AbortSignal[];
  readonly start: (input: I) => Task;
}

/** Who reads a map. */
export interface Reader<I, R> {
  /** `array`: everything at once; `results`: one by one, up to the first failure; `settled`: every end, one by one. */
  readonly kind: 'array' | 'results' | 'settled';
  /** An input has ended. The reader calls `handedOver` when it has got rid of it. */
  ended(end: Settled<I, R>): void;
  /** Nothing more comes: all inputs have ended, or this has ended the map early. */
  over(failure: Failure | null): void;
}

/** What ended a map early: a task or an input that failed, the source or a call that threw, a signal. */
export interface Failure {
  readonly by: 'task' | 'source' | 'signal';
  readonly error: unknown;
}

type Next<I> = IteratorResult<I | PromiseLike<I>>;

/** Something that was taken from the source and has not ended; without a task it is a promise that is awaited. */
interface Out<I> {
  readonly input: I;
  readonly task: Task | null;
}

/** Taking inputs holds up the event loop for this long at most, but for a few inputs in any case. */
const YIELD_MS = 2;
const FEW_INPUTS = 16;

const SOON = Promise.resolve();

/** Failures of maps that are of none of their tasks. */
const unobserved = new UnobservedFailures(new Alarms(systemClock), systemClock);

/**
 * One pass over the inputs. It begins in the microtask after the call and takes inputs as long as fewer than
 * `concurrency` are out, that is taken and not yet handed over: so neither a slow reader nor a slow source fills
 * the memory, and nobody waits for the next input to get a result. Without a reader it waits after that many.
 *
 * It ends once: when all inputs have ended, at the first failure, or when its reader leaves. From then on nothing is
 * taken, the source is closed, and the tasks that are out are cancelled.
 */
export class MapRun<I, R> implements Follower, Failing {
  readonly #plan: Plan<I>;
  /** The source is read, and tasks are called, in the async context of whoever made the map. */
  readonly #context = new AsyncResource('atasker.map');
  #source: Iterator<I | PromiseLike<I>> | AsyncIterator<I | PromiseLike<I>> | null = null;
  /** Inputs that were taken from the source. */
  #taken = 0;
  #handedOver = 0;
  readonly #out = new Map<number, Out<I>>();
  /** What has ended before there was a reader. */
  #early: { readonly end: Settled<I, R>; readonly task: Task | null }[] = [];
  #reader: Reader<I, R> | null = null;
  #isPulling = false;
  /** Whether the source has said itself that it has no more, or has thrown. */
  #isExhausted = false;
  #failure: Failure | null = null;
  #isOver = false;
  /** An input that was rejected before there was a reader. */
  #rejection: unknown = undefined;
  /** Whether an asynchronous source has been asked and has not answered. */
  #owesInput = false;
  /** Whether code of the source is running: it cannot be closed in the middle of that. */
  #isInSource = false;
  /** The answer of the source to being closed, if it is worth waiting for. */
  #closing: Promise<void> | null = null;

  constructor(plan: Plan<I>) {
    this.#plan = plan;
    if (plan.concurrency > 0) void promiseThen(SOON, () => this.#begin());
  }

  get unseenWarning(): string {
    return `the map of ${this.#plan.name} failed and nobody looked: await it`;
  }

  peekError(): unknown {
    return this.#failure === null ? this.#rejection : this.#failure.error;
  }

  /** From now on somebody looks at how it goes. */
  attach(reader: Reader<I, R>): void {
    this.#reader = reader;
    unobserved.seen(this);
    for (const { task } of this.#out.values()) observe(task, true);
    for (const { task } of each(this.#early)) observe(task, false);
    for (let early = arrayShift(this.#early); early !== undefined; early = arrayShift(this.#early))
      reader.ended(early.end);
    this.#pull();
    this.#settle();
  }

  /** The reader has got rid of one more end: another input may be taken. */
  handedOver(): void {
    this.#handedOver += 1;
    this.#pull();
  }

  /** A task or an input has failed, and the reader wants no more than the first failure. */
  failed(error: unknown): void {
    this.#failure ??= { by: 'task', error };
    this.#end(this.#failure);
  }

  /** The reader goes away. @throws what the source throws when it is closed */
  async leave(): Promise<void> {
    if (this.#isOver) return;
    for (const { task } of each(this.#early)) observe(task, false);
    unobserved.seen(this);
    this.#end(null);
    await this.#closing;
  }

  /** Also of a map that only waits for what is out. */
  signalAborted(signal: AbortSignal): void {
    const { name } = this.#plan;
    const details = { taskName: name, cause: signal.reason as unknown };
    const error = new CanceledError('ERR_TASK_CANCELED', `the map of ${name} was cancelled`, details);
    this.#failure = { by: 'signal', error };
    this.#closeSource();
    for (const index of this.#out.keys()) {
      const { input, task } = this.#out.get(index)!;
      if (task !== null) task.cancel(error);
      else this.#ended(index, { input, index, error });
    }
    this.#settle();
  }

  #begin(): void {
    if (this.#isOver) return;
    const { inputs, signals } = this.#plan;
    const aborted = arrayFind(signals, (signal) => signal.aborted);
    if (aborted !== undefined) return this.signalAborted(aborted);
    for (const signal of each(signals)) follow(signal, this);
    if (Array.isArray(inputs)) arrayForEach(inputs, expectRejection);
    try {
      this.#source = isAsyncIterable(inputs) ? inputs[Symbol.asyncIterator]() : iteratorOf(inputs);
    } catch (error) {
      return this.#sourceFailed(error);
    }
    this.#pull();
  }

  /** Takes inputs, as many as may be out. */
  #pull(): void {
    if (!this.#isPulling && this.#wantsMore()) runInScope(this.#context, () => this.#takeInputs());
  }

  #wantsMore(): boolean {
    const hasMore = this.#source !== null && !this.#isExhausted && !this.#isOver && this.#failure === null;
    if (this.#reader !== null && this.#early.length > 0) return false; // there may be a failure among them
    return hasMore && this.#taken - this.#handedOver < this.#plan.concurrency;
  }

  #takeInputs(): void {
    const yieldAt = systemClock.now() + YIELD_MS;
    const few = this.#taken + FEW_INPUTS;
    this.#isPulling = true;
    while (this.#wantsMore()) {
      const next = this.#next();
      if (next === null) break;
      if (isThenable(next)) return this.#takeLater(next);
      this.#take(next);
      if (this.#taken > few && systemClock.now() > yieldAt) return void setImmediate(() => this.#goOn());
    }
    this.#goOn();
  }

  /** What the source gives; null if it throws. */
  #next(): Next<I> | PromiseLike<Next<I>> | null {
    this.#isInSource = true;
    try {
      const next = this.#source!.next();
      return isThenable(next) ? next : iteratorResult(next);
    } catch (error) {
      this.#isExhausted = true;
      this.#sourceFailed(error);
      return null;
    } finally {
      this.#isInSource = false;
    }
  }

  #takeLater(next: PromiseLike<Next<I>>): void {
    this.#owesInput = true;
    if (this.#isOver || this.#failure !== null) this.#closeSource(); // it ended while it asked
    const goOn = (): void => {
      this.#owesInput = false;
      this.#goOn();
    };
    void promiseThen(
      promiseThen(Promise.resolve(next), iteratorResult),
      (result) => {
        runInScope(this.#context, () => this.#take(result));
        goOn();
      },
      (error: unknown) => {
        this.#isExhausted = true;
        this.#sourceFailed(error);
        goOn();
      },
    );
  }

  #goOn(): void {
    this.#isPulling = false;
    this.#pull();
    this.#settle();
  }

  #take(next: Next<I>): void {
    try {
      if (next.done) this.#isExhausted = true;
      else if (this.#isOver || this.#failure !== null) this.#closeSource(); // it was in the source when it ended
      else this.#takeInput(next.value);
    } catch (error) {
      this.#sourceFailed(error);
    }
  }

  #takeInput(input: I | PromiseLike<I>): void {
    const index = this.#taken;
    this.#taken += 1;
    if (!isThenable(input)) return this.#start(index, input as I);
    this.#out.set(index, { input: input as I, task: null });
    void promiseThen(
      Promise.resolve(input),
      (value) => this.#startLater(index, value),
      (error: unknown) => this.#inputFailed(index, error),
    );
  }

  #startLater(index: number, input: I): void {
    if (!this.#out.delete(index)) return;
    try {
      this.#start(index, input);
    } catch (error) {
      this.#sourceFailed(error);
    }
  }

  #start(index: number, input: I): void {
    const task = runInScope(this.#context, this.#plan.start, null, input);
    this.#out.set(index, { input, task });
    const onResult = (result: unknown): void => this.#ended(index, { input, index, result: result as R });
    const onError = (error: unknown): void => this.#ended(index, { input, index, error });
    if (!(task instanceof TaskHandle)) return void promiseThen(task, onResult, onError);
    task.listen(onResult, onError);
    if (this.#reader !== null) task.observe(true);
  }

  /** An input that is a promise was rejected. */
  #inputFailed(index: number, error: unknown): void {
    const out = this.#out.get(index);
    if (out === undefined) return;
    if (this.#reader === null) this.#unseen(error);
    this.#ended(index, { input: out.input, index, error });
  }

  #ended(index: number, end: Settled<I, R>): void {
    const out = this.#out.get(index);
    if (out === undefined) return;
    this.#out.delete(index);
    if (this.#reader === null) arrayPush(this.#early, { end, task: out.task });
    else this.#reader.ended(end);
    this.#settle();
  }

  /** The source, or a call, has thrown: what is out may go on, if the reader takes it. */
  #sourceFailed(error: unknown): void {
    if (this.#isOver) return;
    if (this.#failure === null && this.#reader === null) this.#unseen(error);
    this.#failure ??= { by: 'source', error };
    this.#closeSource();
    this.#settle();
  }

  #unseen(error: unknown): void {
    this.#rejection ??= error;
    unobserved.add(this);
  }

  /** Ends the map, if it is over. */
  #settle(): void {
    const failure = this.#failure;
    const isQuiet = this.#out.size === 0 && (failure !== null || this.#isExhausted);
    if (this.#reader === null) {
      if (isQuiet) this.#leaveSignals();
    } else if ((isQuiet && this.#early.length === 0) || (failure !== null && !outlasts(this.#reader, failure))) {
      this.#end(failure);
    }
  }

  #end(failure: Failure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#closeSource();
    this.#leaveSignals();
    for (const { task } of this.#out.values()) task?.cancel(failure?.error);
    this.#out.clear();
    this.#early = [];
    this.#reader?.over(failure);
  }

  #leaveSignals(): void {
    for (const signal of each(this.#plan.signals)) unfollow(signal, this);
  }

  /** Lets the source clean up, once. One that still owes an input is not waited for. */
  #closeSource(): void {
    if (this.#source === null || this.#isExhausted || this.#isInSource) return;
    this.#isExhausted = true;
    const closing = runInScope(this.#context, close, null, this.#source);
    void promiseCatch(closing, () => {}); // whoever leaves hears of it
    if (!this.#owesInput) this.#closing = closing;
  }
}

async function close(source: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  await source.return?.();
}

/** Whether the reader still takes the ends of what is out after such a failure. */
function outlasts({ kind }: Reader<never, never>, { by }: Failure): boolean {
  return (by === 'source' && kind !== 'array') || (by === 'signal' && kind === 'settled');
}

/** A promise further down in an array may be rejected before its turn; without a handler that would end the program. */
function expectRejection(input: unknown): void {
  if (types.isPromise(input)) void promiseCatch(input, () => {});
}

function observe(task: Task | null, waits: boolean): void {
  if (task instanceof TaskHandle) task.observe(waits);
}

export const isAsyncIterable = <T>(inputs: Iterable<T> | AsyncIterable<T>): inputs is AsyncIterable<T> =>
  typeof (inputs as Partial<AsyncIterable<T>> | null)?.[Symbol.asyncIterator] === 'function';

/** What an iterator gives. @throws TypeError if that is no object, as `for…of` does: it would never end */
function iteratorResult<T>(result: IteratorResult<T>): IteratorResult<T> {
  if ((typeof result === 'object' && result !== null) || typeof result === 'function') return result;
  throw new TypeError(`the inputs of a map gave ${String(result)} instead of an iterator result`);
}

function iteratorOf<T>(inputs: Iterable<T>): Iterator<T> {
  return Array.isArray(inputs) ? each(inputs as T[]) : inputs[Symbol.iterator]();
}
