import type { TaskHandle } from '../task.ts';

/** Somebody waits for the end of some tasks: those that were there when it was looked last. */
interface Wait {
  readonly isMeant: (task: TaskHandle) => boolean;
  readonly left: Set<TaskHandle>;
  readonly resolve: () => void;
}

/** The tasks of a supervisor that have not ended. Nothing is kept of those that have. */
export class LiveTasks {
  readonly #idPrefix: string;
  /** By their numbers. */
  readonly #own = new Map<number, TaskHandle>();
  /** Those with another id: children that were called in a thread, which has made their ids, and given ones. */
  readonly #others = new Map<string, TaskHandle>();
  #whenEmpty: (() => void)[] = [];
  #waits: Wait[] = [];

  constructor(idPrefix: string) {
    this.#idPrefix = idPrefix;
  }

  get size(): number {
    return this.#own.size + this.#others.size;
  }

  find(id: string): TaskHandle | undefined {
    const other = this.#others.get(id);
    if (other !== undefined || !id.startsWith(this.#idPrefix)) return other;
    return this.#own.get(Number(id.slice(this.#idPrefix.length)));
  }

  *[Symbol.iterator](): Generator<TaskHandle> {
    yield* this.#own.values();
    yield* this.#others.values();
  }

  add(task: TaskHandle): void {
    if (this.#isOwn(task)) this.#own.set(task.sequence as number, task);
    else this.#others.set(task.id, task);
  }

  /** False if it never was one of them: it was refused. */
  delete(task: TaskHandle): boolean {
    for (const { left } of this.#waits) left.delete(task);
    if (this.#isOwn(task)) return this.#own.delete(task.sequence as number);
    return this.#others.get(task.id) === task && this.#others.delete(task.id); // or its id was taken
  }

  /** To be called when a task has ended, and all is told. */
  checkEmpty(): void {
    if (this.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    if (this.#waits.length > 0) this.#waits = this.#waits.filter((wait) => !this.#isOver(wait));
  }

  /** Resolves when all tasks have ended. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#whenEmpty.push(resolve));
  }

  /** Resolves when none of those is left that are meant. */
  whenNone(isMeant: (task: TaskHandle) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waits.push({ isMeant, left: new Set(), resolve });
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

  #isOwn({ idPrefix, sequence }: TaskHandle): boolean {
    return idPrefix === this.#idPrefix && sequence !== '';
  }
}
