import type { Task, TaskOptions } from 'atasker';

type Host = NonNullable<TaskOptions['supervisor']>;

/** Inputs that are out, for each thread: enough that one slow task at the front of an ordered map stops nobody. */
const OUT_PER_THREAD = 16;

/** The pool does not limit critical tasks, so that it is the map that has to. */
const CRITICAL_PER_THREAD = 1;

/** Stands between a map and its supervisor, to know the task of each input. */
export class Submissions implements Host {
  readonly #supervisor: Host;
  /** The tasks whose results have not been taken, by the index of their input. */
  readonly #tasks = new Map<number, Task>();
  readonly #withdrawn = new Set<Task>();
  readonly #perThread: number;
  #count = 0;

  constructor(supervisor: Host, priority: Task['priority'] | undefined) {
    this.#supervisor = supervisor;
    this.#perThread = priority === 'critical' ? CRITICAL_PER_THREAD : OUT_PER_THREAD;
  }

  get locks(): Host['locks'] {
    return this.#supervisor.locks;
  }

  submit(call: Parameters<Host['submit']>[0]): Task {
    const task = this.#supervisor.submit(call);
    this.#tasks.set(this.#count, task);
    this.#count += 1;
    return task;
  }

  concurrency(tt: Task['tt']): number {
    const size = this.#supervisor.concurrency(tt);
    return tt === 'async' ? size : size * this.#perThread;
  }

  /** The task of an input, which has ended; null if it was withdrawn. */
  take(index: number): Task | null {
    const task = this.#tasks.get(index)!;
    this.#tasks.delete(index);
    return this.#withdrawn.delete(task) ? null : task;
  }

  /** Cancels the tasks that have not begun. @returns how many go on */
  withdrawWaiting(): number {
    const open = [...this.#tasks.values()].filter((task) => !task.isCompleted());
    const waiting = open.filter((task) => !task.isStarted() && task.cancel());
    for (const task of waiting) this.#withdrawn.add(task);
    return open.length - waiting.length;
  }
}
