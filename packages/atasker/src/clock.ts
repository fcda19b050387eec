import { AsyncResource } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import { Delays, type Delayed } from './core/delays.ts';

/** Where the time comes from. A test gives one of its own to a supervisor: `ManualClock` of `atasker/testing`. */
export interface Clock {
  /** Monotonic milliseconds, with fractions; the same in every thread and process of a machine. */
  now(): number;
  /** Epoch milliseconds, whole. */
  date(): number;
  /** Calls back once after `ms` milliseconds, at most 2^31-1; gives a function that takes it back. */
  after(ms: number, callback: () => void): () => void;
}

/** What is set up while somebody's task runs must not call back in that task's async context. */
export const noContext = new AsyncResource('atasker');

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** `performance.now()` counts from the start of its thread; this, from one point for the whole machine. */
const now = performance.now.bind(performance);
const sinceThreadStart = hrtimeMs() - now();

function hrtimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/**
 * Its timers call back once the event loop has looked at what has arrived meanwhile: after this thread was blocked,
 * timers come first, and would find late what only nobody has read.
 */
export const systemClock: Clock = {
  now: () => now() + sinceThreadStart,
  date: Date.now,
  after(ms, callback) {
    let turn: NodeJS.Immediate | undefined;
    const timer = noContext.runInAsyncScope(() => setTimeout(() => (turn = setImmediate(callback)), ms));
    timer.unref();
    return () => {
      clearTimeout(timer);
      clearImmediate(turn);
    };
  },
};

export type Alarm = Delayed<() => void>;

/** Any number of alarms on one timer. The timer does not keep the process alive. */
export class Alarms {
  readonly #clock: Clock;
  readonly #delays = new Delays<() => void>();
  #disarm: (() => void) | null = null;
  #armedFor = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back at a time of the clock. */
  at(time: number, callback: () => void): Alarm {
    const alarm = this.#delays.add(time, callback);
    this.#arm();
    return alarm;
  }

  /** Takes it back. The timer stays as it is: it may ring once for nothing, which is cheaper than a new one. */
  cancel(alarm: Alarm): void {
    this.#delays.remove(alarm);
  }

  /** Leaves no timer behind, if no alarm is set. */
  close(): void {
    if (this.#delays.size > 0) return;
    this.#disarm?.();
    this.#disarm = null;
    this.#armedFor = Infinity;
  }

  /** One timer, for the first alarm. */
  #arm(): void {
    const next = this.#delays.nextAt;
    if (next >= this.#armedFor) return;
    this.#disarm?.();
    this.#armedFor = next;
    const ms = Math.ceil(Math.max(0, next - this.#clock.now()));
    this.#disarm = this.#clock.after(Math.min(ms, LONGEST_TIMEOUT_MS), () => this.#ring());
  }

  #ring(): void {
    this.#disarm = null;
    this.#armedFor = Infinity;
    try {
      for (;;) {
        const due = this.#delays.takeDue(this.#clock.now());
        if (due === null) break;
        due.value();
      }
    } finally {
      this.#arm();
    }
  }
}
