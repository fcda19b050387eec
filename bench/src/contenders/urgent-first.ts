/**
 * The priority queue for libraries that take one from their users (piscina, tinypool, workerpool):
 * urgent items, then the others, each first in, first out.
 */
export class UrgentFirst<T> {
  readonly #isUrgent: (item: T) => boolean;
  readonly #urgent = new Set<T>();
  readonly #others = new Set<T>();

  constructor(isUrgent: (item: T) => boolean) {
    this.#isUrgent = isUrgent;
  }

  get size(): number {
    return this.#urgent.size + this.#others.size;
  }

  push(item: T): void {
    (this.#isUrgent(item) ? this.#urgent : this.#others).add(item);
  }

  shift(): T | null {
    const queue = this.#urgent.size > 0 ? this.#urgent : this.#others;
    const [first] = queue;
    if (first === undefined) return null;
    queue.delete(first);
    return first;
  }

  has(item: T): boolean {
    return this.#urgent.has(item) || this.#others.has(item);
  }

  remove(item: T): void {
    if (!this.#urgent.delete(item)) this.#others.delete(item);
  }

  clear(): void {
    this.#urgent.clear();
    this.#others.clear();
  }
}
