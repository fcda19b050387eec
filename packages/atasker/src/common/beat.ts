import { clearImmediate, clearTimeout, setImmediate, setTimeout, unrefTimer } from '../platform/node.ts';
import type { Alarm, Alarms } from './clock.ts';

/**
 * Calls back once: in the next turn of the event loop (so the event loop always gets its turn), or at a time of the
 * clock.
 */
export class Beat {
  readonly #host: { readonly alarms: Alarms };
  readonly #callback: () => void;
  #alarm: Alarm | null = null;
  /** Cancels the callback in the next turn. */
  #turn: (() => void) | null = null;

  constructor(host: { readonly alarms: Alarms }, callback: () => void) {
    this.#host = host;
    this.#callback = callback;
  }

  /** Whether the callback comes in the next turn of the event loop. */
  get isInNextTurn(): boolean {
    return this.#turn !== null;
  }

  /** The time for which the callback is set; null if it is not set for a time. */
  get at(): number | null {
    return this.#alarm?.at ?? null;
  }

  /**
   * Sets the callback for the next turn, in place of an earlier setting.
   *
   * @param isUnref whether the program may end before that turn. Then a timer is set: an immediate without a reference
   * would be called only when something else wakes the event loop.
   */
  setForNextTurn(isUnref = false): void {
    this.clear();
    if (isUnref) {
      const timer = setTimeout(() => this.#ring(), 0);
      unrefTimer(timer);
      this.#turn = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(() => this.#ring());
      this.#turn = () => clearImmediate(immediate);
    }
  }

  /** Sets the callback for a time of the clock, in place of an earlier setting. */
  setFor(time: number): void {
    this.clear();
    this.#alarm = this.#host.alarms.at(time, () => this.#ring());
  }

  clear(): void {
    if (this.#alarm !== null) this.#host.alarms.cancel(this.#alarm);
    this.#turn?.();
    this.#forget();
  }

  #ring(): void {
    this.#forget();
    this.#callback();
  }

  #forget(): void {
    this.#alarm = null;
    this.#turn = null;
  }
}
