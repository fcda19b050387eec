import type { Priority } from 'atasker';
import type {
  Claim,
  Claims,
  End,
  FoundTask,
  Room,
  StoreCounts,
  StoredTask,
  StoreNews,
  StoreSession,
  TaskNews,
  TaskStore,
} from '../../src/store/store.ts';

/** Passes every call on to another store, and its news back: what a store that watches is made from. */
export class PassingStore implements TaskStore {
  readonly store: TaskStore;
  /** The name of the program. */
  protected me = '';

  constructor(store: TaskStore) {
    this.store = store;
  }

  open(session: StoreSession): Promise<void> {
    this.me = session.me;
    return this.store.open({ ...session, news: { ...passingNews(session.news), ...this.watched(session.news) } });
  }

  /** The news that are not only passed on. */
  protected watched(_news: StoreNews): Partial<StoreNews> {
    return {};
  }

  add(tasks: readonly StoredTask[]): Promise<void> {
    return this.store.add(tasks);
  }

  claim(room: Room, definitions: readonly string[], most: number): Promise<Claims> {
    return this.store.claim(room, definitions, most);
  }

  settle(ends: readonly End[]): Promise<readonly string[]> {
    return this.store.settle(ends);
  }

  release(claims: readonly Pick<Claim, 'id' | 'token'>[]): Promise<void> {
    return this.store.release(claims);
  }

  cancel(id: string, payload: string): Promise<'removed' | 'asked' | 'ended' | 'unknown'> {
    return this.store.cancel(id, payload);
  }

  setPriority(id: string, priority: Priority): Promise<boolean> {
    return this.store.setPriority(id, priority);
  }

  find(ids: readonly string[]): Promise<readonly FoundTask[]> {
    return this.store.find(ids);
  }

  tell(origin: string, news: readonly TaskNews[]): void {
    this.store.tell(origin, news);
  }

  counts(): Promise<StoreCounts> {
    return this.store.counts();
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

/** The methods of news that may be those of a class. */
export function passingNews(news: StoreNews): StoreNews {
  return {
    work: () => news.work(),
    ended: (ending) => news.ended(ending),
    told: (told) => news.told(told),
    cancel: (id, payload) => news.cancel(id, payload),
    lost: (claims) => news.lost(claims),
    away: (error) => news.away(error),
    back: () => news.back(),
  };
}
