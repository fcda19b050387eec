import { noContext } from '../../../common/clock.ts';
import { promiseThen } from '../../../platform/methods.ts';
import { runInScope } from '../../../platform/node.ts';
import { Promise } from '../../../platform/primordials.ts';
import {
  askToLoad,
  beginLoad,
  endLoad,
  endsOf,
  isAsking,
  whenEnded,
  type LoadSeat,
} from '../../channels/load-seats.ts';
import type { FromMember } from '../../frames/frames.ts';

/** Decides when this thread or process may load modules; pool/upkeep/load-places.ts is the other side. */
export class LoadTurn {
  readonly #seat: LoadSeat | null;
  readonly #post: (frame: FromMember) => void;
  /** How many modules are being loaded here, or wait to be loaded. */
  #loads = 0;
  /** Resolves when this member may load; null if the member does not wait. */
  #whenGranted: Promise<void> | null = null;
  #setGranted = (): void => {};

  /** @param seat null if this member always has to ask the pool */
  constructor(seat: LoadSeat | null, post: (frame: FromMember) => void) {
    this.#seat = seat;
    this.#post = post;
  }

  /** Whether modules are being loaded here, or wait to be loaded. */
  get isTaken(): boolean {
    return this.#loads > 0;
  }

  /** Whether this member has asked and has to wait. */
  get isWaiting(): boolean {
    return this.#whenGranted !== null;
  }

  /** The start of this member, which counted as a load, is over. */
  started(): void {
    if (this.#seat !== null) endLoad(this.#seat);
  }

  /** Null if this member may load at once; else resolves when it may. Call `leave` once afterwards. */
  enter(): Promise<void> | null {
    this.#loads += 1;
    if (this.#loads > 1) return this.#whenGranted;
    if (this.#seat !== null && this.#tries(this.#seat)) return null;
    this.#whenGranted = new Promise((resolve) => (this.#setGranted = resolve));
    this.#post({ type: 'awaitsLoad' });
    if (this.#seat !== null) this.#lookAgain(this.#seat);
    return this.#whenGranted;
  }

  /** The pool may be busy when another member has loaded, so this member looks by itself then. */
  #lookAgain(seat: LoadSeat): void {
    while (this.isWaiting) {
      const ends = endsOf(seat);
      if (this.#tries(seat)) return this.granted();
      const ended = whenEnded(seat, ends);
      if (ended === 'now') continue;
      if (ended !== null) runInScope(noContext, () => void promiseThen(ended, () => this.#lookAgain(seat)));
      return;
    }
  }

  /**
   * Whether this member may load. Also true if its cell does not say that the member asks: then other code must have
   * overwritten it.
   */
  #tries(seat: LoadSeat): boolean {
    askToLoad(seat);
    return beginLoad(seat) !== 'waits';
  }

  /**
   * This member may load: it has found that by itself, or the pool says so. The frame of the pool may come when that
   * load is over; then it is ignored while the member asks for another load.
   */
  granted(): void {
    if (!this.isWaiting || (this.#seat !== null && isAsking(this.#seat))) return;
    this.#whenGranted = null;
    this.#setGranted();
  }

  leave(): void {
    this.#loads -= 1;
    if (this.#loads > 0) return;
    if (this.#seat !== null) endLoad(this.#seat);
    this.#post({ type: 'loaded' });
  }
}
