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
 * Why a task stands where it does in its priority. Tasks of an earlier reason start first:
 * those that were started once and came back before they began, the children of running tasks, all others.
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
 * The tasks that wait for a slot: four queues, each first in, first out, with one lane for each reason to stand there.
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
  #occupied = 0;

  /** How many tasks of this priority wait. */
  waiting(priority: Priority): number {
    const { returned, children, rest } = this.#queues[priority];
    return returned.size + children.size + rest.size;
  }

  get size(): number {
    return this.#size;
  }

  /** Which lanes hold entries, one bit for each: two for each priority from the top, that of those that go first before the others. */
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

  /** Puts an entry before all others of its priority: it has waited for its turn already. */
  addFirst(entry: T): void {
    this.#queues[entry.priority].returned.pushFirst(entry);
    this.#size += 1;
    this.#noteOccupied(entry.priority);
  }

  /** Takes the entry out; false if it was not there. */
  remove(entry: T): boolean {
    const { returned, children, rest } = this.#queues[entry.priority];
    const lane: unknown = entry.lane;
    if (lane !== returned && lane !== children && lane !== rest) return false;
    (lane as Lane<T>).remove(entry);
    this.#size -= 1;
    this.#noteOccupied(entry.priority);
    return true;
  }

  /** The entry that is next in its priority. */
  first(priority: Priority): T | null {
    return firstOf(this.#queues[priority]);
  }

  /** Whether the entry that is next in its priority goes before the rest. */
  goesFirst(priority: Priority): boolean {
    const { returned, children } = this.#queues[priority];
    return returned.size > 0 || children.size > 0;
  }

  /** The entry that goes before all others. */
  head(): T | null {
    if (this.#size === 0) return null;
    const { critical, high, normal, low } = this.#queues; // asked for at every start: no loop
    return firstOf(critical) ?? firstOf(high) ?? firstOf(normal) ?? firstOf(low);
  }

  /** The entries of one priority, either those that go before the rest or the rest, in their order. */
  entries(priority: Priority, first: boolean): Iterable<T> {
    const { returned, children, rest } = this.#queues[priority];
    return first ? generated(both(returned, children)) : rest;
  }
}

/** One after the other. */
export function* both<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}

/** Where the bits of a priority are. */
const SHIFTS: Readonly<Record<Priority, number>> = { critical: 0, high: 2, normal: 4, low: 6 };

function firstOf<T extends Waiting>({ returned, children, rest }: Queue<T>): T | null {
  return returned.first ?? children.first ?? rest.first;
}
