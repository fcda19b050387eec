import type { TaskHandle } from './task.ts';

/** Cancels tasks when their AbortSignal aborts: one listener for a signal, however many tasks it has. */
export class TaskSignals {
  readonly #tasks = new Map<AbortSignal, Set<TaskHandle>>();
  readonly #abort = (event: Event): void => {
    const signal = event.target as AbortSignal;
    const tasks = this.#tasks.get(signal) ?? [];
    this.#tasks.delete(signal);
    for (const task of tasks) task.cancel(signal.reason);
  };

  /** Follows the task's own signal, if it has one, until it ends. */
  follow(task: TaskHandle): void {
    const { signal } = task.spec;
    if (signal === null) return;
    const tasks = this.#tasks.get(signal);
    if (tasks !== undefined) {
      tasks.add(task);
      return;
    }
    this.#tasks.set(signal, new Set([task]));
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  leave(task: TaskHandle): void {
    const { signal } = task.spec;
    if (signal === null) return;
    const tasks = this.#tasks.get(signal);
    tasks?.delete(task);
    if (tasks?.size !== 0) return;
    this.#tasks.delete(signal);
    signal.removeEventListener('abort', this.#abort);
  }
}
