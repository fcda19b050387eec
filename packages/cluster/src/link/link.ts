import { isUnavailable } from '../common/errors.ts';
import type { StoreNews, StoreSession, TaskStore } from '../store/store.ts';

/** How long to wait before a store that could not be reached is opened again. */
const REOPEN_MS = 1000;

/** The type of the warning that is emitted once for each time in which the store cannot be reached. */
const WARNING = 'ClusterStoreWarning';

/** Who hears what the store tells. */
export type Listeners = Partial<StoreNews>;

/** A store and who listens to it: the submitting side of this program, and its node. */
export class StoreLink {
  readonly store: TaskStore;
  readonly #session: Omit<StoreSession, 'news'>;
  readonly #listeners: Listeners[] = [];
  #opening: Promise<void> | null = null;
  #isClosed = false;
  #isOpen = false;
  /** Why the store cannot be reached; null if it can. */
  awayFor: Error | null = null;

  constructor(store: TaskStore, session: Omit<StoreSession, 'news'>) {
    this.store = store;
    this.#session = session;
  }

  /** The name of this program in the store. */
  get me(): string {
    return this.#session.me;
  }

  get isReady(): boolean {
    return this.#isOpen && this.awayFor === null;
  }

  listen(listeners: Listeners): void {
    this.#listeners.push(listeners);
  }

  /** Resolves when the store is open. @throws what the store throws if it cannot be opened at all */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#opening === null) return;
    await this.#opening.catch(() => {}); // told to whoever has opened it
    if (this.#isOpen) await this.store.close();
    this.#isOpen = false;
  }

  async #open(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.store.open({ ...this.#session, news: this.#news() });
        this.#isOpen = true;
        this.#back();
        return;
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        this.#away(error as Error);
        await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
      }
    }
  }

  #news(): StoreNews {
    return {
      work: () => this.#tell((each) => each.work?.()),
      ended: (ending) => this.#tell((each) => each.ended?.(ending)),
      told: (news) => this.#tell((each) => each.told?.(news)),
      cancel: (id, payload) => this.#tell((each) => each.cancel?.(id, payload)),
      lost: (claims) => this.#tell((each) => each.lost?.(claims)),
      away: (error) => this.#away(error),
      back: () => this.#back(),
    };
  }

  #away(error: Error): void {
    if (this.awayFor === null) process.emitWarning(`${error.message}. Tasks wait until the store is back`, WARNING);
    this.awayFor = error;
    this.#tell((each) => each.away?.(error));
  }

  #back(): void {
    this.awayFor = null;
    this.#tell((each) => each.back?.());
  }

  #tell(tell: (listeners: Listeners) => void): void {
    if (this.#isClosed) return;
    for (const listeners of this.#listeners) tell(listeners);
  }
}
