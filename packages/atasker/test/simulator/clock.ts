import type { Clock } from '../../src/common/clock.ts';
import { immediates } from './turns.ts';

/** So many timers never ring at one time, unless one sets itself again and again. */
const MOST_AT_ONCE = 1_000;

/** So often nothing asks for the time within one step, unless it never ends. */
const MOST_QUESTIONS = 100_000;

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

/** The time of the simulated program, in whole milliseconds. */
export class SimulatedClock implements Clock {
  #now = 1_000; // the run queue takes 0 for no time
  #timers: Timer[] = [];
  #rungNow = 0;
  #asked = 0;

  /** @throws if the library asks for the time again and again within one step */
  now(): number {
    this.#asked += 1;
    if (this.#asked > MOST_QUESTIONS) throw new Error('one step does not end');
    return this.#now;
  }

  /** A step of the scheduler begins. */
  nextStep(): void {
    this.#asked = 0;
  }

  date(): number {
    return this.#now;
  }

  /** As the clock of the machine does, a timer calls back in a later turn of the event loop. */
  after(ms: number, callback: () => void): () => void {
    let isCanceled = false;
    const ring = (): void => {
      if (!isCanceled) callback();
    };
    const timer = { at: this.#now + ms, ring };
    this.#timers.push(timer);
    return () => {
      isCanceled = true;
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** When the next timer rings; Infinity if none is set. */
  get nextAt(): number {
    return this.#timers.reduce((least, { at }) => Math.min(least, at), Infinity);
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Lets time pass until then. @throws if timers ring at one time without end */
  advanceTo(time: number): void {
    const now = Math.max(this.#now, Math.ceil(time));
    if (now > this.#now) this.#rungNow = 0;
    this.#now = now;
    const due = this.#timers.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter(({ at }) => at > now);
    immediates.push(...due.map(({ ring }) => ring));
    this.#rungNow += due.length;
    if (this.#rungNow > MOST_AT_ONCE) throw new Error(`timers ring at ${now} ms without end`);
  }
}
