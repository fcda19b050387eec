import { generated } from '../platform/methods.ts';
import { Lane, type Linked } from './lane.ts';
import type { Priority } from './priority.ts';

/** A task that waits. */
export interface Waiting extends Linked {
  priority: Priority;
  /** A child of a running task goes before the other tasks of its priority. */
  readonly isChild: boolean;
}

/**
 * Why a task stands where it does in its priority. Tasks of an earlier reason start first: tasks that were handed over
 * and came back before they began, then children of running tasks, then all others.
 */
type Reason = 'returned' | 'children' | 'rest';

/** The lanes of one priority. */
type Queue<T extends Waiting> = Readonly<Record<Reason, Lane<T>>>;

const newQueue = <T extends Waiting>(): Queue<T> => ({
  returned: new Lane<T>(),
  children: new Lane<T>(),
  rest: new Lane<T>(),
});

/**
 * The tasks that wait for a slot: four queues, each first in, first out, with one lane for each reason.
 *
 * Every operation takes constant time, however many tasks wait. A future limit of a single task function (a
 * concurrency, a rate) shall hold its tasks back in one more lane of the priority, so that these tasks neither block
 * the tasks behind them nor have to be searched for.
 */
export class Backlog<T extends Waiting> {
  readonly #queues: Readonly<Record<Priority, Queue<T>>> = {
    low: newQueue(),
    normal: newQueue(),
    high: newQueue(),
    critical: newQueue(),
  };

  #size = 0;
  #occupied = 0;

  /** How many tasks of this priority wait. */
  waiting(priority: Priority): number {
    const { returned, children, rest } = this.#queues[priority];
    return returned.size + children.size + rest.size;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Which lanes hold tasks, as bits. Each priority has two bits, from the most urgent on: the lower bit for tasks that
   * go first (returned ones and children), the higher bit for the rest.
   */
  get occupied(): number {
    return this.#occupied;
  }

  #noteOccupied(priority: Priority): void {
    const { returned, children, rest } = this.#queues[priority];
    const bits = (returned.size + children.size > 0 ? 1 : 0) | (rest.size > 0 ? 2 : 0);
    const shift = SHIFTS[priority];
    this.#occupied = (this.#occupied & ~(3 << shift)) | (bits << shift);
  }

  add(entry: T): void {
    const queue = this.#queues[entry.priority];
    (entry.isChild ? queue.children : queue.rest).push(entry);
    this.#size += 1;
    this.#noteOccupied(entry.priority);
  }

  /** Puts a task before all others of its priority, because the task has waited for its turn already. */
  addFirst(entry: T): void {
    this.#queues[entry.priority].returned.pushFirst(entry);
    this.#size += 1;
    this.#noteOccupied(entry.priority);
  }

  /** Takes the task out; false if it was not there. */
  remove(entry: T): boolean {
    const { returned, children, rest } = this.#queues[entry.priority];
    const lane: unknown = entry.lane;
    if (lane !== returned && lane !== children && lane !== rest) return false;
    (lane as Lane<T>).remove(entry);
    this.#size -= 1;
    this.#noteOccupied(entry.priority);
    return true;
  }

  /** The next task of a priority. */
  first(priority: Priority): T | null {
    return firstOf(this.#queues[priority]);
  }

  /** Whether the next task of a priority is one of those that go before the rest. */
  goesFirst(priority: Priority): boolean {
    const { returned, children } = this.#queues[priority];
    return returned.size > 0 || children.size > 0;
  }

  /** The most urgent task of all. */
  head(): T | null {
    if (this.#size === 0) return null;
    const { critical, high, normal, low } = this.#queues; // called at every start, so without a loop
    return firstOf(critical) ?? firstOf(high) ?? firstOf(normal) ?? firstOf(low);
  }

  /** The tasks of a priority that came back before they began; there may be children among them. */
  returned(priority: Priority): Iterable<T> {
    return this.#queues[priority].returned;
  }

  /** How many children of running tasks wait, without those that came back. */
  children(priority: Priority): number {
    return this.#queues[priority].children.size;
  }

  /** The tasks of one priority in order: with `first` those that go before the rest, else the rest. */
  entries(priority: Priority, first: boolean): Iterable<T> {
    const { returned, children, rest } = this.#queues[priority];
    return first ? generated(both(returned, children)) : rest;
  }
}

/** Yields the items of the first iterable, then those of the second. */
export function* both<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}

/** The position of the two bits of a priority. */
const SHIFTS: Readonly<Record<Priority, number>> = { critical: 0, high: 2, normal: 4, low: 6 };

function firstOf<T extends Waiting>({ returned, children, rest }: Queue<T>): T | null {
  return returned.first ?? children.first ?? rest.first;
}
