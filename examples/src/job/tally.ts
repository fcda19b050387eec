import { createHistogram } from 'node:perf_hooks';
import type { TimedFacts } from './timed-tasks.ts';

/** How long tasks of one priority waited. It takes the same memory for any number of them. */
export class Waits {
  readonly #microseconds = createHistogram();

  add(waitedMs: number): void {
    this.#microseconds.record(Math.max(1, Math.round(waitedMs * 1000)));
  }

  get count(): number {
    return this.#microseconds.count;
  }

  /** In milliseconds: what `percent` of the tasks waited at most. */
  percentile(percent: number): number {
    return this.#microseconds.percentile(percent) / 1000;
  }
}

export interface Timed {
  readonly path: string;
  readonly ms: number;
}

const SLOWEST = 5;
const SHOWN_FAILURES = 5;

/** What the job has found out, in bounded memory. */
export class Tally {
  files = 0;
  bytes = 0;
  failures = 0;
  /** The first failures. */
  readonly failed: { readonly path: string; readonly message: string }[] = [];
  /** The slowest files, slowest first. */
  readonly slowest: Timed[] = [];
  readonly low = new Waits();
  readonly high = new Waits();

  add(path: string, { facts, waitedMs, ranMs }: TimedFacts): void {
    this.files += 1;
    this.bytes += facts.bytes;
    this.low.add(waitedMs);
    this.#rank({ path, ms: ranMs });
  }

  fail(path: string, error: unknown): void {
    this.failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    if (this.failed.length < SHOWN_FAILURES) this.failed.push({ path, message });
  }

  #rank(file: Timed): void {
    const place = this.slowest.findIndex(({ ms }) => ms < file.ms);
    if (place === -1 && this.slowest.length === SLOWEST) return;
    this.slowest.splice(place === -1 ? this.slowest.length : place, 0, file);
    this.slowest.length = Math.min(this.slowest.length, SLOWEST);
  }
}
