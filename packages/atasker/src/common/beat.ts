import { clearImmediate, setImmediate } from '../platform/node.ts';
import type { Alarm, Alarms } from './clock.ts';

/** Calls back once: in the next turn of the event loop, so that this always gets its turn, or at a time of the clock. */
export class Beat {
  readonly #host: { readonly alarms: Alarms };
  readonly #callback: () => void;
  #alarm: Alarm | null = null;
  #turn: NodeJS.Immediate | null = null;

  constructor(host: { readonly alarms: Alarms }, callback: () => void) {
    this.#host = host;
    this.#callback = callback;
  }

  /** Whether it comes in the next turn. */
  get isInNextTurn(): boolean {
    return this.#turn !== null;
  }

  /** The time for which it is set; null if for none. */
  get at(): number | null {
    return this.#alarm?.at ?? null;
  }

  /** In place of what was set. */
  setForNextTurn(): void {
    this.clear();
    this.#turn = setImmediate(() => this.#ring());
  }

  /** In place of what was set. */
  setFor(time: number): void {
    this.clear();
    this.#alarm = this.#host.alarms.at(time, () => this.#ring());
  }

  clear(): void {
    if (this.#alarm !== null) this.#host.alarms.cancel(this.#alarm);
    if (this.#turn !== null) clearImmediate(this.#turn);
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
