/** Of how many tasks that have ended the origins are remembered, for what comes late. */
const MOST_ENDED = 256;

/**
 * Where tasks have come from: those that run, and the latest of those that have ended. Null: nobody is to hear of the
 * task from this node, because another one runs it now.
 */
export class Origins {
  readonly #running = new Map<string, string | null>();
  readonly #ended = new Map<string, string | null>();

  began(id: string, origin: string): void {
    this.#ended.delete(id);
    this.#running.set(id, origin);
  }

  ended(id: string): void {
    const origin = this.#running.get(id);
    if (origin === undefined) return;
    this.#running.delete(id);
    this.#ended.set(id, origin);
    if (this.#ended.size <= MOST_ENDED) return;
    for (const oldest of this.#ended.keys()) return void this.#ended.delete(oldest);
  }

  /** Another node runs the task now. */
  abandoned(id: string): void {
    if (this.#running.has(id)) this.#running.set(id, null);
  }

  of(id: string): string | null | undefined {
    return this.#running.has(id) ? this.#running.get(id) : this.#ended.get(id);
  }

  /** Of all of these tasks. */
  all(): ReadonlySet<string> {
    const all = [...this.#running.values(), ...this.#ended.values()];
    return new Set(all.filter((origin) => origin !== null));
  }
}
