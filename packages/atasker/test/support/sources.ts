/** Inputs of a map that note how they are read. */
export class NotedSource<T> implements Iterable<T> {
  readonly #items: Iterator<T>;
  taken = 0;
  closed = 0;

  constructor(items: Iterable<T>) {
    this.#items = items[Symbol.iterator]();
  }

  [Symbol.iterator](): Iterator<T> {
    return {
      next: () => {
        const next = this.#items.next();
        if (!next.done) this.taken += 1;
        return next;
      },
      return: () => {
        this.closed += 1;
        return { value: undefined, done: true };
      },
    };
  }
}
