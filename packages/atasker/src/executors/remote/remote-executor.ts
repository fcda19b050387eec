import type { TaskHandle } from '../../task/task.ts';
import { argsText } from '../../wire/text.ts';
import type { Executor, ExecutorEvents, ExecutorSize } from '../executor.ts';
import type { RemoteTasks } from './remote-tasks.ts';

/** Runs the tasks of one type in other programs. */
export class RemoteExecutor implements Executor {
  readonly #tasks: RemoteTasks;
  readonly #events: ExecutorEvents;

  constructor(tasks: RemoteTasks, events: ExecutorEvents) {
    this.#tasks = tasks;
    this.#events = events;
  }

  get size(): ExecutorSize {
    return { alive: 0, idle: 0 };
  }

  take(args: readonly unknown[]): string {
    return argsText(args);
  }

  hasRoomFor(): boolean {
    return true;
  }

  announce(task: TaskHandle): void {
    this.#tasks.submit(task, this.#events, false);
  }

  start(task: TaskHandle): void {
    if (this.#tasks.start(task)) return;
    try {
      this.#tasks.submit(task, this.#events, true);
    } catch (error) {
      this.#events.ended(task, { kind: 'failed', error });
    }
  }

  withdrawn(task: TaskHandle, error: unknown): void {
    this.#tasks.cancel(task, error);
    this.#tasks.forget(task);
  }

  accepted(task: TaskHandle): Promise<void> | null {
    return this.#tasks.accepted(task);
  }

  setPriority(task: TaskHandle, priority: TaskHandle['priority']): boolean {
    return !task.isStarted() && !task.isCompleted() && this.#tasks.setPriority(task, priority);
  }

  stop(task: TaskHandle, error: Error): void {
    this.#tasks.cancel(task, error);
  }

  end(): boolean {
    return false; // its end is reported when the other program reports it
  }

  readArrived(): void {
    // what the runner has read was reported
  }

  async close(): Promise<void> {
    // the tasks of all types have one runner
  }
}
