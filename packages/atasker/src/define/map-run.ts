import { AsyncResource } from 'node:async_hooks';
import { systemClock } from '../common/clock.ts';
import { CanceledError } from '../common/errors.ts';
import { isThenable } from '../common/thenable.ts';
import { arrayFind, arrayPush, arrayShift, each, promiseThen } from '../platform/methods.ts';
import { runInScope, setImmediate } from '../platform/node.ts';
import { Map, Promise } from '../platform/primordials.ts';
import { follow, unfollow, type Follower } from '../task/abort.ts';
import { TaskHandle, type Task } from '../task/task.ts';
import { ownFailures, type Failing } from '../task/unobserved.ts';
import { InputSource, type Inputs } from './input-source.ts';

/** The end of one input; `input` is the promise itself if that promise was rejected. */
export type Settled<I, R> =
  | { readonly input: I; readonly index: number; readonly result: R; readonly error?: never }
  | { readonly input: I; readonly index: number; readonly error: unknown; readonly result?: never };

/** The checked inputs and settings of a map. */
export interface Plan<I> {
  /** The name of the tasks. */
  readonly name: string;
  readonly inputs: Inputs<I>;
  /** How many inputs may be in progress; 0 where no call starts a task: then no input is taken. */
  readonly concurrency: number;
  readonly signals: readonly AbortSignal[];
  readonly start: (input: I) => Task;
}

/** Reads a map. */
export interface Reader<I, R> {
  /** `array`: all results at once; `results`: one by one, up to the first failure; `settled`: every end, one by one. */
  readonly kind: 'array' | 'results' | 'settled';
  /** An input has ended. The reader calls `handedOver` when the end has been passed on. */
  ended(end: Settled<I, R>): void;
  /** Nothing more comes: all inputs have ended, or `failure` (or the reader) has ended the map early. */
  over(failure: Failure | null): void;
}

/** What ended a map early: a failed task or input, an error of the source or of a call, or a signal. */
export interface Failure {
  readonly by: 'task' | 'source' | 'signal';
  readonly error: unknown;
}

type Next<I> = IteratorResult<I | PromiseLike<I>>;

/** An input that was taken from the source and has not ended. Without a task it is a promise that is being awaited. */
interface Out<I> {
  readonly input: I;
  readonly task: Task | null;
}

/** How long in ms taking inputs may block the event loop; FEW_INPUTS inputs are taken in any case. */
const YIELD_MS = 2;
const FEW_INPUTS = 16;

const SOON = Promise.resolve();

/**
 * One pass over the inputs. It begins in the microtask after the call and takes inputs as long as fewer than
 * `concurrency` inputs are in progress (taken, and not yet handed over to the reader). So neither a slow reader nor a
 * slow source fills the memory, and no reader has to wait for the next input to get a result. Without a reader the pass
 * stops after `concurrency` inputs and waits.
 *
 * The pass ends once: when all inputs have ended, at the first failure, or when its reader leaves. At the end the
 * source is closed, and the tasks that still run are cancelled.
 */
export class MapRun<I, R> implements Follower, Failing {
  readonly #plan: Plan<I>;
  /** The async context of the code that made the map. The source is read and tasks are called in this context. */
  readonly #context = new AsyncResource('atasker.map');
  #source: InputSource<I> | null = null;
  /** How many inputs were taken from the source. */
  #taken = 0;
  #handedOver = 0;
  readonly #out = new Map<number, Out<I>>();
  /** The ends of inputs that came before there was a reader. */
  #early: { readonly end: Settled<I, R>; readonly task: Task | null }[] = [];
  #reader: Reader<I, R> | null = null;
  #isPulling = false;
  #failure: Failure | null = null;
  #isOver = false;
  /** The first error, of an input or the source, that came before there was a reader. */
  #rejection: unknown = undefined;
  constructor(plan: Plan<I>) {
    this.#plan = plan;
    if (plan.concurrency > 0) void promiseThen(SOON, () => this.#begin());
  }

  get unseenWarning(): string {
    return `the map of ${this.#plan.name} failed and nobody looked at it: await it`;
  }

  peekError(): unknown {
    return this.#failure === null ? this.#rejection : this.#failure.error;
  }

  /** A reader reads the map from now on. */
  attach(reader: Reader<I, R>): void {
    this.#reader = reader;
    ownFailures.seen(this);
    for (const { task } of this.#out.values()) observe(task, true);
    for (const { task } of each(this.#early)) observe(task, false);
    for (let early = arrayShift(this.#early); early !== undefined; early = arrayShift(this.#early))
      reader.ended(early.end);
    this.#pull();
    this.#settle();
  }

  /** The reader has passed on one more end: another input may be taken. */
  handedOver(): void {
    this.#handedOver += 1;
    this.#pull();
  }

  /** A task or an input has failed, and the reader wants no more than the first failure. */
  failed(error: unknown): void {
    this.#failure ??= { by: 'task', error };
    this.#end(this.#failure);
  }

  /** The reader leaves early. @throws what the source throws when it is closed */
  async leave(): Promise<void> {
    if (this.#isOver) return;
    for (const { task } of each(this.#early)) observe(task, false);
    ownFailures.seen(this);
    this.#end(null);
    await this.#source?.closing;
  }

  /** Ends the map, even if the source has no more inputs and only tasks are awaited. */
  signalAborted(signal: AbortSignal): void {
    const { name } = this.#plan;
    const details = { taskName: name, cause: signal.reason as unknown };
    const error = new CanceledError('ERR_TASK_CANCELED', `the map of ${name} was cancelled`, details);
    this.#failure = { by: 'signal', error };
    this.#source?.close();
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
    try {
      this.#source = new InputSource(inputs, this.#context);
    } catch (error) {
      return this.#sourceFailed(error);
    }
    this.#pull();
  }

  /** Takes as many inputs as may be in progress. */
  #pull(): void {
    if (!this.#isPulling && this.#wantsMore()) runInScope(this.#context, () => this.#takeInputs());
  }

  #wantsMore(): boolean {
    const hasMore = this.#source?.isExhausted === false && !this.#isOver && this.#failure === null;
    if (this.#reader !== null && this.#early.length > 0) return false; // a failure may be among them
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

  /** Asks the source for its next input; null if the source throws. */
  #next(): Next<I> | Promise<Next<I>> | null {
    try {
      return this.#source!.next();
    } catch (error) {
      this.#sourceFailed(error);
      return null;
    }
  }

  #takeLater(next: Promise<Next<I>>): void {
    if (this.#isOver || this.#failure !== null) this.#source!.close(); // the map ended while the source was asked
    const goOn = (): void => {
      this.#source!.answered();
      this.#goOn();
    };
    void promiseThen(
      next,
      (result) => {
        runInScope(this.#context, () => this.#take(result));
        goOn();
      },
      (error: unknown) => {
        this.#source!.ended();
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
      if (next.done) this.#source!.ended();
      else if (this.#isOver || this.#failure !== null) this.#source?.close(); // the map ended while the source ran
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

  /**
   * The source, or a call of the task function, has thrown. Inputs in progress go on if the reader still takes their
   * ends.
   */
  #sourceFailed(error: unknown): void {
    if (this.#isOver) return;
    if (this.#failure === null && this.#reader === null) this.#unseen(error);
    this.#failure ??= { by: 'source', error };
    this.#source?.close();
    this.#settle();
  }

  #unseen(error: unknown): void {
    this.#rejection ??= error;
    ownFailures.add(this);
  }

  /** Ends the map, if nothing more is to come. */
  #settle(): void {
    const failure = this.#failure;
    const isQuiet = this.#out.size === 0 && (failure !== null || this.#source?.isExhausted === true);
    if (this.#reader === null) {
      if (isQuiet) this.#leaveSignals();
    } else if ((isQuiet && this.#early.length === 0) || (failure !== null && !outlasts(this.#reader, failure))) {
      this.#end(failure);
    }
  }

  #end(failure: Failure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#source?.close();
    this.#leaveSignals();
    for (const { task } of this.#out.values()) task?.cancel(failure?.error);
    this.#out.clear();
    this.#early = [];
    this.#reader?.over(failure);
  }

  #leaveSignals(): void {
    for (const signal of each(this.#plan.signals)) unfollow(signal, this);
  }
}

/** Whether the reader still takes the ends of inputs in progress after such a failure. */
function outlasts({ kind }: Reader<never, never>, { by }: Failure): boolean {
  return (by === 'source' && kind !== 'array') || (by === 'signal' && kind === 'settled');
}

function observe(task: Task | null, waits: boolean): void {
  if (task instanceof TaskHandle) task.observe(waits);
}
