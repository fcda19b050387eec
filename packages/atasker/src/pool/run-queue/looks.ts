/** After so many looks in vain, one after the other, only one in so many is tried. */
export const MOST_IN_VAIN = 4;
export const SELDOM = 64;

/**
 * Whether it is worth it to look for something for a moment before one sleeps. To be woken takes longer than a short
 * task; but where results and tasks come too slowly for that, as with large values or on a machine that has much to do,
 * looks only take time from others.
 */
export class Looks {
  #inVain = 0;

  /** Asked before each sleep. */
  isWorthIt(): boolean {
    this.#inVain += 1;
    return this.#inVain <= MOST_IN_VAIN || this.#inVain % SELDOM === 0;
  }

  /** A look has found something. */
  found(): void {
    this.#inVain = 0;
  }
}
