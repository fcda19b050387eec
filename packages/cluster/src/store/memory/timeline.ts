import TinyQueue from 'tinyqueue';
import type { KeptTask } from './kept-task.ts';

/** A moment of a task. It is out of date when the task has another one since. */
interface Moment {
  readonly kept: KeptTask;
  readonly time: number;
  readonly state: KeptTask['state'];
}

/** Tasks in the order of their times. */
export class Timeline {
  readonly #moments = new TinyQueue<Moment>([], (a, b) => a.time - b.time);

  add(kept: KeptTask): void {
    const { time, state } = kept;
    this.#moments.push({ kept, time, state });
  }

  /** The task whose time comes first; null if there is none. */
  first(): KeptTask | null {
    for (let top = this.#moments.peek(); top !== undefined; top = this.#moments.peek()) {
      const { kept, time, state } = top;
      if (kept.time === time && kept.state === state) return kept;
      this.#moments.pop();
    }
    return null;
  }
}
