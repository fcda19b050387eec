import { arrayConcat, arrayFilter, listOf } from '../../platform/methods.ts';
import { Map } from '../../platform/primordials.ts';
import type { Run } from '../conversations/run/thread-end.ts';

/** The runs of a thread: any number at a time in the thread of an aloop, one elsewhere. */
export class Runs {
  /** The run that was added last; null if it has ended. */
  latest: Run | null = null;
  readonly #others = new Map<number, Run>();
  /** The one that began last. */
  begun: Run | null = null;

  get isEmpty(): boolean {
    return this.latest === null && this.#others.size === 0;
  }

  find(number: number): Run | null {
    return this.latest?.number === number ? this.latest : (this.#others.get(number) ?? null);
  }

  add(run: Run): void {
    if (this.latest !== null) this.#others.set(this.latest.number, this.latest);
    this.latest = run;
  }

  delete(run: Run): void {
    if (this.latest === run) this.latest = null;
    else this.#others.delete(run.number);
  }

  /** The runs whose code may have gone wrong just now, if nothing else tells which run it was. */
  suspects(): readonly Run[] {
    const others = listOf(this.#others.values());
    const going = arrayFilter(
      this.latest === null ? others : arrayConcat(others, [this.latest]),
      ({ hasBegun }) => hasBegun,
    );
    return going.length > 0 || this.begun === null ? going : [this.begun];
  }
}
