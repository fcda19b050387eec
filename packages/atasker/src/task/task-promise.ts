import { promiseFinally, promiseThen } from '../platform/methods.ts';
import { PromiseBase } from '../platform/primordials.ts';

/**
 * The promise that a task is. `await` waits for it as it is, without one more promise for each wait. It is settled only
 * if somebody waits for it: so a failure that nobody awaits is no unhandled rejection, and its error is not made.
 */
export abstract class TaskPromise extends PromiseBase<unknown> {
  /** Whether anything waits for the promise. */
  private isAwaited = false;
  /** Settles the promise; null if it is settled. */
  resolvePromise: ((outcome: unknown) => void) | null;

  constructor() {
    super(keepResolve);
    this.resolvePromise = keptResolve;
    keptResolve = null;
  }

  abstract isCompleted(): boolean;

  /** What the promise is resolved with when the task has ended. */
  protected abstract get outcome(): unknown;

  /** The outcome is observed now; `waits` if the task has not ended yet. */
  abstract observe(waits: boolean): void;

  /**
   * `await`, `Promise.resolve` and `then` ask a promise for its constructor, and take an instance of the plain class as
   * it is. So the task learns here that somebody waits for it.
   */
  override get ['constructor'](): PromiseConstructor {
    if (this.resolvePromise === undefined) return PromiseBase; // somebody looks at the prototype
    if (unnoticed !== this) this.observe(!this.isCompleted());
    if (!this.isAwaited) {
      this.isAwaited = true;
      if (this.isCompleted()) this.settleIfAwaited();
    }
    return PromiseBase;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a task is a promise
  override then<A = unknown, B = never>(
    onResult?: ((result: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseThen(this as Promise<unknown>, onResult, onError) as Promise<A | B>;
  }

  override catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return promiseThen(this as Promise<unknown>, null, onError);
  }

  override finally(onEnd?: (() => void) | null): Promise<unknown> {
    return promiseFinally(this as Promise<unknown>, onEnd);
  }

  /**
   * Calls back at the end of the task, like `then`, but does not count as an observer: without a call of `observe`, a
   * failure still becomes a warning.
   */
  listen(onResult: (result: unknown) => void, onError: (error: unknown) => void): void {
    lookUnnoticed(this);
    void promiseThen(this as Promise<unknown>, onResult, onError);
    lookUnnoticed(null);
  }

  /** The task has ended. */
  protected settleIfAwaited(): void {
    if (!this.isAwaited) return;
    const { outcome } = this;
    this.resolvePromise!(outcome);
    this.resolvePromise = null;
    if (outcome instanceof Rejecting) this.listen(noop, noop); // a look at the constructor alone handles no rejection
  }
}

/**
 * Settles the promise that is being made. One function keeps it for all promises: a closure for each would be garbage at
 * once. What rejects the promise is not kept, to save memory: a promise can be resolved with something that rejects.
 */
let keptResolve: ((outcome: unknown) => void) | null = null;

function keepResolve(resolve: (outcome: unknown) => void): void {
  keptResolve = resolve;
}

/** A promise that is resolved with this is rejected with the error. */
class Rejecting {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise that is resolved with this calls it
  then(_: unknown, onError: (error: unknown) => void): void {
    onError(this.#error);
  }
}

export function rejectedWith(error: unknown): object {
  return new Rejecting(error);
}

/** The task at whose constructor somebody looks without waiting for the task. */
let unnoticed: TaskPromise | null = null;

/** The next look at the constructor of this task is no wait; null ends that. */
export function lookUnnoticed(task: TaskPromise | null): void {
  unnoticed = task;
}

function noop(): void {}
