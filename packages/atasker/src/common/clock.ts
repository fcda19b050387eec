import { AsyncResource } from 'node:async_hooks';
import { Delays, type Delayed } from '../core/delays.ts';
import {
  clearImmediate,
  clearTimeout,
  performance,
  process,
  runInScope,
  setImmediate,
  setTimeout,
  unrefTimer,
} from '../platform/node.ts';
import { Date, Math, Set } from '../platform/primordials.ts';
import { role } from './role.ts';

/** A source of time. A test can give a supervisor its own clock: `ManualClock` of `atasker/testing`. */
export interface Clock {
  /** Monotonic milliseconds with fractions; the same in all threads and processes of a machine. */
  now(): number;
  /** Epoch milliseconds as an integer. */
  date(): number;
  /** Calls back once after `ms` milliseconds, at most 2^31-1. Returns a function that cancels the callback. */
  after(ms: number, callback: () => void): () => void;
}

/** An async context of no task: timers that are set while a task runs must not call back in the context of the task. */
export const noContext = new AsyncResource('atasker');

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** How far two readings of the wall clock may differ although nobody has set it: a thread may be held up in between. */
const LARGEST_SKEW_MS = 20;

/** `performance.now()` counts from the start of its thread; `systemClock` counts from the same point in all threads. */
const now = (): number => performance.now();
const threadStart = 'bun' in process.versions || 'deno' in process.versions ? byTimeOrigin() : hrtimeMs() - now();

/** Milliseconds of `hrtime`, which on Node.js counts from the start of the machine. */
function hrtimeMs(): number {
  const time = process.hrtime();
  return time[0] * 1e3 + time[1] / 1e6;
}

/**
 * In other runtimes `hrtime` counts from the start of the thread too, and only the wall clock is the same for all
 * threads. Somebody may set the wall clock between the starts of two threads, so a pool hands its clock offset to its
 * members.
 */
function byTimeOrigin(): number {
  const { timeOrigin } = performance;
  if (role === null) return timeOrigin;
  const asThePoolSays = Date.now() + role.clockOffsetMs - now();
  return Math.abs(asThePoolSays - timeOrigin) > LARGEST_SKEW_MS ? asThePoolSays : timeOrigin;
}

/** The difference between the system clock and the wall clock now, for the threads and processes of this program. */
export function clockOffsetMs(): number {
  return systemClock.now() - Date.now();
}

/**
 * The clock of the machine. Its timers call back only after the event loop has handled what has arrived meanwhile: when
 * a thread was blocked, timers run first, and a time limit would count a message as late that only has not been read
 * yet.
 */
export const systemClock: Clock = {
  now: () => now() + threadStart,
  date: Date.now,
  after(ms, callback) {
    let turn: NodeJS.Immediate | undefined;
    const timer = runInScope(noContext, () => setTimeout(() => (turn = setImmediate(callback)), ms));
    unrefTimer(timer);
    return () => {
      clearTimeout(timer);
      clearImmediate(turn);
    };
  },
};

export type Alarm = Delayed<() => void>;

/**
 * Any number of alarms on one timer. The timer does not keep the process alive.
 *
 * One ring of the timer calls back the alarms that are due when the ring begins. An alarm that is set during the ring,
 * even one that is due at once, waits for the next timer: otherwise a callback that sets its own alarm again would
 * block the event loop forever.
 */
export class Alarms {
  readonly #clock: Clock;
  readonly #delays = new Delays<() => void>();
  /** The alarms of the current ring that have not been called back yet. */
  readonly #due = new Set<Alarm>();
  #disarm: (() => void) | null = null;
  #armedFor = Infinity;
  #isRinging = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back at a time of the clock. */
  at(time: number, callback: () => void): Alarm {
    const alarm = this.#delays.add(time, callback);
    this.#arm();
    return alarm;
  }

  /** Cancels an alarm. The timer stays as it is: it may ring once for nothing, which is cheaper than a new timer. */
  cancel(alarm: Alarm): void {
    if (!this.#delays.remove(alarm)) this.#due.delete(alarm);
  }

  /** Cancels an alarm, and the timer with the last alarm. */
  drop(alarm: Alarm): void {
    this.cancel(alarm);
    this.close();
  }

  /** Cancels the timer if no alarm is set, so that no handle is left behind. */
  close(): void {
    if (this.#delays.size > 0 || this.#due.size > 0) return;
    this.#disarm?.();
    this.#disarm = null;
    this.#armedFor = Infinity;
  }

  /** Sets the timer for the first alarm. During a ring this waits until the ring is over. */
  #arm(): void {
    if (this.#isRinging) return;
    const next = this.#due.size > 0 ? -Infinity : this.#delays.nextAt;
    if (next >= this.#armedFor) return;
    this.#disarm?.();
    this.#armedFor = next;
    const ms = Math.ceil(Math.max(0, next - this.#clock.now()));
    this.#disarm = this.#clock.after(Math.min(ms, LONGEST_TIMEOUT_MS), () => this.#ring());
  }

  #ring(): void {
    this.#disarm = null;
    this.#armedFor = Infinity;
    this.#isRinging = true;
    this.#takeDue();
    try {
      for (const alarm of this.#due) {
        this.#due.delete(alarm);
        alarm.value();
      }
    } finally {
      this.#isRinging = false;
      this.#arm();
    }
  }

  #takeDue(): void {
    const at = this.#clock.now();
    for (let due = this.#delays.takeDue(at); due !== null; due = this.#delays.takeDue(at)) this.#due.add(due);
  }
}

/**
 * A clock that stands still while facts are reported that have all happened by then: the look at the clock of the
 * machine costs as much as the rest of a report. A clock that a test has given is asked every time.
 */
export class HeldClock {
  readonly #clock: Clock;
  readonly #mayHold: boolean;
  #isHeld = false;
  #now = 0;
  #date = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#mayHold = clock === systemClock;
  }

  now(): number {
    return this.#isHeld ? this.#now : this.#clock.now();
  }

  date(): number {
    return this.#isHeld ? this.#date : this.#clock.date();
  }

  /** Calls `report` while the clock stands still. */
  hold(report: () => void): void {
    if (this.#isHeld || !this.#mayHold) return report();
    this.#now = this.#clock.now();
    this.#date = this.#clock.date();
    this.#isHeld = true;
    try {
      report();
    } finally {
      this.#isHeld = false;
    }
  }
}
