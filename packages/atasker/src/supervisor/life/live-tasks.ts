import {
  arrayFilter,
  arrayPush,
  arraySlice,
  arraySplice,
  each,
  generated,
  stringSlice,
  stringStartsWith,
} from '../../platform/methods.ts';
import { Array, Map, Math, Number, PlainMap, Promise, Set, Symbol, mapSet } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';

/** A wait for the end of some tasks; `left` holds those of them that were alive at the last check. */
interface Wait {
  readonly isMeant: (task: TaskHandle) => boolean;
  readonly left: Set<TaskHandle>;
  readonly resolve: () => void;
}

/** How many consecutive task numbers share a block. One long-lived task keeps the memory of a whole block. */
const BLOCK_SIZE = 64;

const EMPTY: readonly undefined[] = Array.from<undefined>({ length: BLOCK_SIZE });

/** Tasks with consecutive numbers, each at its place. */
interface Block {
  readonly tasks: (TaskHandle | undefined)[];
  count: number;
}

/** The tasks of a supervisor that have not ended. Nothing is kept of ended tasks. */
export class LiveTasks {
  readonly #idPrefix: string;
  /**
   * Tasks by their numbers, in blocks. One map entry for each task would cost as much memory as all else kept of it.
   */
  readonly #own = new Map<number, Block>();
  #ownCount = 0;
  /**
   * The block of the latest number. It stays, even if it is empty, until the numbers have moved on to the next block.
   */
  #newest = -1;
  /** Tasks with other ids: children that a thread has submitted under ids of its own, and tasks whose id was given. */
  readonly #others = new Map<string, TaskHandle>();
  #whenEmpty: (() => void)[] = [];
  #waits: Wait[] = [];

  constructor(idPrefix: string) {
    this.#idPrefix = idPrefix;
  }

  get size(): number {
    return this.#ownCount + this.#others.size;
  }

  find(id: string): TaskHandle | undefined {
    const other = this.#others.get(id);
    if (other !== undefined || !stringStartsWith(id, this.#idPrefix)) return other;
    const number = Number(stringSlice(id, this.#idPrefix.length));
    return this.#own.get(blockOf(number))?.tasks[placeOf(number)];
  }

  /** The map that users get. */
  byId(isMeant: (task: TaskHandle) => boolean): Map<string, TaskHandle> {
    const tasks = new PlainMap<string, TaskHandle>();
    for (const task of this) if (isMeant(task)) mapSet(tasks, task.id, task);
    return tasks;
  }

  [Symbol.iterator](): IterableIterator<TaskHandle> {
    return generated(this.#all());
  }

  *#all(): Generator<TaskHandle> {
    for (const { tasks } of this.#own.values()) for (const task of each(tasks)) if (task !== undefined) yield task;
    yield* this.#others.values();
  }

  add(task: TaskHandle): void {
    if (this.#isOwn(task)) this.#addOwn(task, task.sequence as number);
    else this.#others.set(task.id, task);
  }

  /** Returns false if the task was never added, because it was refused. */
  delete(task: TaskHandle): boolean {
    if (this.#waits.length > 0) for (const { left } of each(this.#waits)) left.delete(task);
    if (this.#isOwn(task)) return this.#deleteOwn(task.sequence as number);
    return this.#others.get(task.id) === task && this.#others.delete(task.id); // else another task has the id
  }

  /** Call this when a task has ended and everything about its end has been reported. */
  checkEmpty(): void {
    if (this.size === 0 && this.#whenEmpty.length > 0)
      for (const resolve of each(arraySplice(this.#whenEmpty, 0))) resolve();
    if (this.#waits.length > 0) this.#waits = arrayFilter(this.#waits, (wait) => !this.#isOver(wait));
  }

  /** Resolves when all tasks have ended. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => arrayPush(this.#whenEmpty, resolve));
  }

  /** Resolves when no task that matches `isMeant` is left. */
  whenNone(isMeant: (task: TaskHandle) => boolean): Promise<void> {
    return new Promise((resolve) => {
      arrayPush(this.#waits, { isMeant, left: new Set(), resolve });
      this.checkEmpty();
    });
  }

  /** Whether the wait is over; if so, resolves it. New tasks may have come while the earlier ones ended. */
  #isOver(wait: Wait): boolean {
    if (wait.left.size > 0) return false;
    for (const task of this) if (wait.isMeant(task)) wait.left.add(task);
    if (wait.left.size > 0) return false;
    wait.resolve();
    return true;
  }

  #addOwn(task: TaskHandle, number: number): void {
    const at = blockOf(number);
    const block = this.#own.get(at) ?? this.#open(at);
    block.tasks[placeOf(number)] = task;
    block.count += 1;
    this.#ownCount += 1;
  }

  #deleteOwn(number: number): boolean {
    const at = blockOf(number);
    const block = this.#own.get(at);
    const place = placeOf(number);
    if (block === undefined || block.tasks[place] === undefined) return false;
    block.tasks[place] = undefined;
    block.count -= 1;
    this.#ownCount -= 1;
    if (block.count === 0 && at !== this.#newest) this.#own.delete(at);
    return true;
  }

  /**
   * Makes a block. `at` is usually the newest block. It is an older block if the arguments of a task submitted other
   * tasks while they were taken: the task itself is then added late.
   */
  #open(at: number): Block {
    if (at > this.#newest) {
      if (this.#own.get(this.#newest)?.count === 0) this.#own.delete(this.#newest);
      this.#newest = at;
    }
    const block = { tasks: arraySlice(EMPTY), count: 0 };
    this.#own.set(at, block);
    return block;
  }

  #isOwn({ idPrefix, sequence }: TaskHandle): boolean {
    return idPrefix === this.#idPrefix && sequence !== '';
  }
}

/** Works without bit operations, because task numbers may exceed 32 bits. */
function blockOf(number: number): number {
  return Math.floor(number / BLOCK_SIZE);
}

function placeOf(number: number): number {
  return number % BLOCK_SIZE;
}
