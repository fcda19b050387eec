import type { TaskHandle } from '../task.ts';

/** The tasks of a supervisor that have not ended. Nothing is kept of those that have. */
export class LiveTasks {
  readonly #idPrefix: string;
  /** By their numbers. */
  readonly #own = new Map<number, TaskHandle>();
  /** Those with another id: children that were called in a thread, which has made their ids, and given ones. */
  readonly #others = new Map<string, TaskHandle>();
  #whenEmpty: (() => void)[] = [];

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
    if (this.#isOwn(task)) return this.#own.delete(task.sequence as number);
    return this.#others.get(task.id) === task && this.#others.delete(task.id); // or its id was taken
  }

  /** To be called when a task has ended, and all is told. */
  checkEmpty(): void {
    if (this.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** Resolves when all tasks have ended. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#whenEmpty.push(resolve));
  }

  #isOwn({ idPrefix, sequence }: TaskHandle): boolean {
    return idPrefix === this.#idPrefix && sequence !== '';
  }
}
