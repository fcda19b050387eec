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

/** Somebody waits for the end of some tasks: those that were there when it was looked last. */
interface Wait {
  readonly isMeant: (task: TaskHandle) => boolean;
  readonly left: Set<TaskHandle>;
  readonly resolve: () => void;
}

/** How many numbers that follow each other share a block. One task that lives long keeps that much memory. */
const BLOCK_SIZE = 64;

const EMPTY: readonly undefined[] = Array.from<undefined>({ length: BLOCK_SIZE });

/** Tasks whose numbers follow each other, each at its place. */
interface Block {
  readonly tasks: (TaskHandle | undefined)[];
  count: number;
}

/** The tasks of a supervisor that have not ended. Nothing is kept of those that have. */
export class LiveTasks {
  readonly #idPrefix: string;
  /** By their numbers, in blocks: an entry of a map for each would cost as much as all else that is kept of a task. */
  readonly #own = new Map<number, Block>();
  #ownCount = 0;
  /** The block of the last number; it stays, empty or not, until the numbers have left it. */
  #newest = -1;
  /** Those with another id: children that were called in a thread, which has made their ids, and given ones. */
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

  /** For users. */
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

  /** False if it never was one of them: it was refused. */
  delete(task: TaskHandle): boolean {
    if (this.#waits.length > 0) for (const { left } of each(this.#waits)) left.delete(task);
    if (this.#isOwn(task)) return this.#deleteOwn(task.sequence as number);
    return this.#others.get(task.id) === task && this.#others.delete(task.id); // or its id was taken
  }

  /** To be called when a task has ended, and all is told. */
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

  /** Resolves when none of those is left that are meant. */
  whenNone(isMeant: (task: TaskHandle) => boolean): Promise<void> {
    return new Promise((resolve) => {
      arrayPush(this.#waits, { isMeant, left: new Set(), resolve });
      this.checkEmpty();
    });
  }

  /** Others may have come while those that there were have ended. */
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

  /** The numbers have come to the next block; or a task is late, whose arguments have called others while they were taken. */
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

/** Without bit operations: there may be more tasks than these have bits. */
function blockOf(number: number): number {
  return Math.floor(number / BLOCK_SIZE);
}

function placeOf(number: number): number {
  return number % BLOCK_SIZE;
}
