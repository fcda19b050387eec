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

/** What two readings of the wall clock may differ by if nobody has set it: a thread may be held up between two lines. */
const LARGEST_SKEW_MS = 20;

/** `performance.now()` counts from the start of its thread; the clock, from one point for the whole machine. */
const now = (): number => performance.now();
const threadStart = 'bun' in process.versions || 'deno' in process.versions ? byTimeOrigin() : hrtimeMs() - now();

/** On Node.js `hrtime` counts from the start of the machine. */
function hrtimeMs(): number {
  const time = process.hrtime();
  return time[0] * 1e3 + time[1] / 1e6;
}

/**
 * Elsewhere `hrtime` counts from the start of the thread too, and only the wall clock is the same for all. It may be
 * set in the time between the starts of two threads: so a pool hands over how far its clock is from the wall clock.
 */
function byTimeOrigin(): number {
  const { timeOrigin } = performance;
  if (role === null) return timeOrigin;
  const asThePoolSays = Date.now() + role.clockOffsetMs - now();
  return Math.abs(asThePoolSays - timeOrigin) > LARGEST_SKEW_MS ? asThePoolSays : timeOrigin;
}

/** How far the clock of the machine is from the wall clock now, for the threads and processes of this program. */
export function clockOffsetMs(): number {
  return systemClock.now() - Date.now();
}

/**
 * Its timers call back once the event loop has looked at what has arrived meanwhile: after this thread was blocked,
 * timers come first, and would find late what only nobody has read.
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
 * One ring calls back the alarms that are due when it begins. An alarm that is set meanwhile, also one that is due
 * at once, waits for the next timer: otherwise a callback that sets its own alarm again would never let the event
 * loop go round.
 */
export class Alarms {
  readonly #clock: Clock;
  readonly #delays = new Delays<() => void>();
  /** The alarms of the ring at hand that have not been called back yet. */
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

  /** Takes an alarm back. The timer stays as it is: it may ring once for nothing, which is cheaper than a new one. */
  cancel(alarm: Alarm): void {
    if (!this.#delays.remove(alarm)) this.#due.delete(alarm);
  }

  /** Leaves no timer behind, if no alarm is set. */
  close(): void {
    if (this.#delays.size > 0 || this.#due.size > 0) return;
    this.#disarm?.();
    this.#disarm = null;
    this.#armedFor = Infinity;
  }

  /** Sets one timer, for the first alarm. A ring sets it when it is over. */
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
