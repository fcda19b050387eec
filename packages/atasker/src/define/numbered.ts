import { arrayPush } from '../platform/methods.ts';
import { FinalizationRegistry, Map, WeakRef } from '../platform/primordials.ts';

/**
 * Objects that are numbered from 0 in the order of `add`. With `isKept` false an object is referenced only weakly: it
 * leaves nothing behind when it is garbage-collected.
 */
export class Numbered<T extends object> {
  /** How many objects have been added so far. */
  count = 0;
  readonly #isKept: boolean;
  readonly #items = new Map<number, T | WeakRef<T>>();
  readonly #gone = new FinalizationRegistry<number>((number) => void this.#items.delete(number));

  constructor(isKept: boolean) {
    this.#isKept = isKept;
  }

  add(item: T): void {
    const number = this.count;
    this.count += 1;
    this.#items.set(number, this.#isKept ? item : new WeakRef(item));
    if (!this.#isKept) this.#gone.register(item, number);
  }

  at(number: number): T | undefined {
    const item = this.#items.get(number);
    return item instanceof WeakRef ? item.deref() : item;
  }

  /** The objects that still exist, in order. */
  living(): T[] {
    const items: T[] = [];
    for (const number of this.#items.keys()) {
      const item = this.at(number);
      if (item !== undefined) arrayPush(items, item);
    }
    return items;
  }
}
