import { noContext } from '../../../common/clock.ts';
import { promiseThen } from '../../../platform/methods.ts';
import { runInScope } from '../../../platform/node.ts';
import { Promise } from '../../../platform/primordials.ts';
import type { FromMember } from '../../../wire/frames.ts';
import {
  askToLoad,
  beginLoad,
  endLoad,
  endsOf,
  isAsking,
  whenEnded,
  type LoadSeat,
} from '../../channels/load-seats.ts';

/** When this thread or process may load modules; pool/upkeep/load-places.ts is the other side. */
export class LoadTurn {
  readonly #seat: LoadSeat | null;
  readonly #post: (frame: FromMember) => void;
  /** How many modules are being loaded here, or are to be. */
  #loads = 0;
  /** Resolves when the pool lets it load; null if it has not asked. */
  #whenGranted: Promise<void> | null = null;
  #setGranted = (): void => {};

  /** @param seat null if it always has to ask */
  constructor(seat: LoadSeat | null, post: (frame: FromMember) => void) {
    this.#seat = seat;
    this.#post = post;
  }

  /** Whether modules are being loaded here, or are to be. */
  get isTaken(): boolean {
    return this.#loads > 0;
  }

  /** Whether it has asked and is to wait. */
  get isWaiting(): boolean {
    return this.#whenGranted !== null;
  }

  /** The start is over, for which it counted as one that loads. */
  started(): void {
    if (this.#seat !== null) endLoad(this.#seat);
  }

  /** Null if it may load at once; else resolves when it may. Call `leave` once afterwards. */
  enter(): Promise<void> | null {
    this.#loads += 1;
    if (this.#loads > 1) return this.#whenGranted;
    if (this.#seat !== null && this.#tries(this.#seat)) return null;
    this.#whenGranted = new Promise((resolve) => (this.#setGranted = resolve));
    this.#post({ type: 'awaitsLoad' });
    if (this.#seat !== null) this.#lookAgain(this.#seat);
    return this.#whenGranted;
  }

  /** The pool may be busy when another member has loaded: so this one looks by itself then. */
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

  /** Whether it may load; also if its cell does not say that it asks, so that somebody must have overwritten it. */
  #tries(seat: LoadSeat): boolean {
    askToLoad(seat);
    return beginLoad(seat) !== 'waits';
  }

  /** It may load, by what it has found itself or by what the pool says, perhaps only when that load is over. */
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
