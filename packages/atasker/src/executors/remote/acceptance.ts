import { promiseCatch, promiseThen } from '../../platform/methods.ts';
import { Promise } from '../../platform/primordials.ts';
import { markRefused, refusal, TAKEN } from '../../task/accepted.ts';
import type { TaskHandle } from '../../task/task.ts';

/** Somebody waits for the answer. */
interface Wait {
  readonly promise: Promise<void>;
  readonly settle: (answer: Promise<void>) => void;
}

/** Whether a runner has taken a task for good. */
export class Acceptance {
  readonly #task: TaskHandle;
  isGiven = false;
  #wait: Wait | null = null;

  constructor(task: TaskHandle) {
    this.#task = task;
  }

  give(): void {
    this.isGiven = true;
    this.#wait?.settle(TAKEN);
  }

  /** The task is about to end. */
  ends(): void {
    if (this.isGiven) return;
    markRefused(this.#task);
    if (this.#wait !== null) void promiseThen(TAKEN, () => this.#wait!.settle(refusal(this.#task) ?? TAKEN));
  }

  promise(): Promise<void> {
    if (this.isGiven) return TAKEN;
    this.#wait ??= newWait();
    return this.#wait.promise;
  }
}

function newWait(): Wait {
  let settle!: Wait['settle'];
  const promise = new Promise<void>((resolve) => (settle = resolve));
  void promiseCatch(promise, () => {}); // nobody has to handle a rejection
  return { promise, settle };
}
