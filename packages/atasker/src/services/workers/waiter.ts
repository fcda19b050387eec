import { promiseCatch } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Promise, Set } from '../../platform/primordials.ts';

/**
 * A promise that is rejected if the event loop gets empty before it settles: nothing can settle it any more then, and
 * Node.js would end the program without a word, with exit code 13 if the promise is awaited at top level.
 */
export class Waiter {
  readonly promise: Promise<void>;
  readonly #whyNever: () => Error;
  #resolve: (end?: Promise<void>) => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** @param whyNever the error if nothing can settle it any more */
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

  /** Settles it, as another promise does. */
  resolve(end?: Promise<void>): void {
    this.#leave();
    this.#resolve(end);
  }

  reject(error: Error): void {
    this.#leave();
    this.#reject(error);
  }

  /** The program has nothing left to do. An error that nobody handles must not change how it ends. */
  giveUp(): void {
    void promiseCatch(this.promise, () => {});
    this.reject(this.#whyNever());
  }

  #leave(): void {
    waiting.delete(this);
    if (waiting.size === 0) process.off('beforeExit', giveUp);
  }
}

const waiting = new Set<Waiter>();

function giveUp(): void {
  for (const waiter of waiting) waiter.giveUp();
}
