import { promiseCatch } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Promise, Set } from '../../platform/primordials.ts';

/**
 * A promise that is rejected if the event loop runs empty before the promise settles. In that case nothing can settle
 * it any more, and Node.js would end the program silently, with exit code 13 if the promise is awaited at the top
 * level.
 */
export class Waiter<T = void> {
  readonly promise: Promise<T>;
  readonly #whyNever: () => Error;
  #resolve: (end: T | PromiseLike<T>) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** @param whyNever makes the error for the case that nothing can settle the promise any more */
  constructor(whyNever: () => Error) {
    this.#whyNever = whyNever;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (waiting.size === 0) process.on('beforeExit', giveUp);
    waiting.add(this);
  }

  get isSettled(): boolean {
    return !waiting.has(this);
  }

  /** Resolves the promise, or settles it as another promise does. */
  resolve(end: T | PromiseLike<T>): void {
    this.#leave();
    this.#resolve(end);
  }

  reject(error: unknown): void {
    this.#leave();
    this.#reject(error);
  }

  /**
   * The program has nothing left to do. The rejection counts as handled, so that it does not change how the program
   * ends.
   */
  giveUp(): void {
    void promiseCatch(this.promise, () => {});
    this.reject(this.#whyNever());
  }

  #leave(): void {
    waiting.delete(this);
    if (waiting.size === 0) process.off('beforeExit', giveUp);
  }
}

const waiting = new Set<{ giveUp(): void }>();

function giveUp(): void {
  for (const waiter of waiting) waiter.giveUp();
}
