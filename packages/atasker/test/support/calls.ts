/** Notes calls in their order; a test can await one without polling. */
export class Calls<T = unknown> {
  readonly list: T[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  add(call: T): void {
    this.list.push(call);
    for (const { count, resolve } of this.#waiting) if (this.list.length >= count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => this.list.length < count);
  }

  /** Resolves when there are so many. */
  reach(count: number): Promise<void> {
    if (this.list.length >= count) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push({ count, resolve }));
  }
}

/** Executions that run until the test ends them. */
export class Executions {
  readonly begun = new Calls<unknown[]>();
  #ends: ((error?: Error) => void)[] = [];
  readonly execute = (...args: unknown[]): Promise<unknown> => {
    const end = new Promise((resolve, reject) => {
      this.#ends.push((error) => (error === undefined ? resolve(undefined) : reject(error)));
    });
    this.begun.add(args);
    return end;
  };

  /** How many go on. */
  get open(): number {
    return this.#ends.length;
  }

  /** Ends the one that has begun first, with an error perhaps. */
  end(error?: Error): void {
    this.#ends.shift()!(error);
  }
}
