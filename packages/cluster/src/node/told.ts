import type { TaskNews, TaskStore } from '../store/store.ts';

/** What nodes tell the origins of their tasks: all of one turn of the event loop together. */
export class Told {
  readonly #store: TaskStore;
  readonly #byOrigin = new Map<string, TaskNews[]>();

  constructor(store: TaskStore) {
    this.#store = store;
  }

  tell(origin: string, news: TaskNews): void {
    if (this.#byOrigin.size === 0) setImmediate(() => this.#flush());
    const known = this.#byOrigin.get(origin);
    if (known === undefined) this.#byOrigin.set(origin, [news]);
    else known.push(news);
  }

  /** A task has ended: its end tells when it began, and its progress must come before. */
  ended(origin: string, id: string): void {
    const news = this.#byOrigin.get(origin);
    if (news === undefined) return;
    if (news.some((one) => one.type === 'progressed' && one.id === id)) return this.#flush();
    const others = news.filter((one) => one.type !== 'started' || one.id !== id);
    this.#byOrigin.set(origin, others);
  }

  #flush(): void {
    for (const [origin, news] of this.#byOrigin) if (news.length > 0) this.#store.tell(origin, news);
    this.#byOrigin.clear();
  }
}
