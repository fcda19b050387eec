import { Lane, type Linked } from './lane.ts';
import type { Priority } from './priority.ts';

/** A task that waits. */
export interface Waiting extends Linked {
  priority: Priority;
  /** A child of a running task goes before the other tasks of its priority. */
  readonly isChild: boolean;
}

/** The two lanes of one priority. */
interface Queue<T extends Waiting> {
  readonly children: Lane<T>;
  readonly rest: Lane<T>;
}

const newQueue = <T extends Waiting>(): Queue<T> => ({ children: new Lane<T>(), rest: new Lane<T>() });

/**
 * The tasks that wait for a slot: four queues, each first in, first out.
 *
 * Every operation takes constant time, however many tasks wait. A task function with a limit of
 * its own (a concurrency, a rate) will hold its tasks back in one more lane of the priority, so
 * that they neither block those behind them nor have to be searched for.
 */
export class Backlog<T extends Waiting> {
  readonly #queues: Readonly<Record<Priority, Queue<T>>> = {
    low: newQueue(),
    normal: newQueue(),
    high: newQueue(),
    critical: newQueue(),
  };

  #size = 0;

  /** How many tasks of this priority wait. */
  waiting(priority: Priority): number {
    const { children, rest } = this.#queues[priority];
    return children.size + rest.size;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: T): void {
    const queue = this.#queues[entry.priority];
    (entry.isChild ? queue.children : queue.rest).push(entry);
    this.#size += 1;
  }

  /** Puts an entry before all others of its priority: it has waited for its turn already. */
  addFirst(entry: T): void {
    this.#queues[entry.priority].children.pushFirst(entry);
    this.#size += 1;
  }

  /** Takes the entry out; false if it was not there. */
  remove(entry: T): boolean {
    const { children, rest } = this.#queues[entry.priority];
    const lane: unknown = entry.lane;
    if (lane !== children && lane !== rest) return false;
    (lane as Lane<T>).remove(entry);
    this.#size -= 1;
    return true;
  }

  /** The entry that is next in its priority. */
  first(priority: Priority): T | null {
    return firstOf(this.#queues[priority]);
  }

  /** Whether the entry that is next in its priority goes before the rest. */
  goesAhead(priority: Priority): boolean {
    return this.#queues[priority].children.size > 0;
  }

  /** The entry that goes before all others. */
  head(): T | null {
    if (this.#size === 0) return null;
    const { critical, high, normal, low } = this.#queues; // asked for at every start: no loop
    return firstOf(critical) ?? firstOf(high) ?? firstOf(normal) ?? firstOf(low);
  }

  /** The entries of one priority, either those that go ahead or the rest, in their order. */
  entries(priority: Priority, ahead: boolean): Iterable<T> {
    const { children, rest } = this.#queues[priority];
    return ahead ? children : rest;
  }
}

function firstOf<T extends Waiting>({ children, rest }: Queue<T>): T | null {
  return children.first ?? rest.first;
}
