/** After `MOST_IN_VAIN` looks in a row that found nothing, only one look in `SELDOM` is made. */
export const MOST_IN_VAIN = 4;
export const SELDOM = 64;

/**
 * Decides whether a thread should look for something for a moment before it sleeps. Waking a thread takes longer than a
 * short task. But where results and tasks come too slowly for that, as with large values or on a busy machine, looks
 * only take time from other threads.
 */
export class Looks {
  #inVain = 0;

  /** Whether the thread should look. Call this before each sleep. */
  isWorthIt(): boolean {
    this.#inVain += 1;
    return this.#inVain <= MOST_IN_VAIN || this.#inVain % SELDOM === 0;
  }

  /** Call this when a look has found something. */
  found(): void {
    this.#inVain = 0;
  }
}
