import type { Run } from './run.ts';

/** The runs of a thread. In the thread of an aloop there may be many at a time, elsewhere one. */
export class Runs {
  /** The one that came last, unless it has ended. */
  latest: Run | null = null;
  readonly #others = new Map<number, Run>();

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
}
