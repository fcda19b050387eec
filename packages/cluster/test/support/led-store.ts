import { setImmediate } from 'node:timers/promises';
import type { Claim, Claims, End, Room, StoreCounts, StoreSession, TaskNews, TaskStore } from '@atasker/cluster';

/** A store that does only what the test tells it to do. */
export class LedStore implements TaskStore {
  session: StoreSession | null = null;
  /** What the next call of `claim` gives. */
  next: Claim[] = [];
  readonly rooms: Room[] = [];
  readonly settled: End[] = [];
  readonly released: Pick<Claim, 'id' | 'token'>[] = [];
  #whenSettled: (() => void)[] = [];

  async open(session: StoreSession): Promise<void> {
    this.session = session;
  }

  async add(): Promise<void> {}

  async claim(room: Room): Promise<Claims> {
    this.rooms.push(room);
    return { claims: this.next.splice(0), nextMs: null };
  }

  async settle(ends: readonly End[]): Promise<readonly string[]> {
    this.settled.push(...ends);
    for (const resolve of this.#whenSettled.splice(0)) resolve();
    return [];
  }

  async release(claims: readonly Pick<Claim, 'id' | 'token'>[]): Promise<void> {
    this.released.push(...claims);
    for (const resolve of this.#whenSettled.splice(0)) resolve();
  }

  async cancel(): Promise<'unknown'> {
    return 'unknown';
  }

  async setPriority(): Promise<boolean> {
    return false;
  }

  async find(): Promise<[]> {
    return [];
  }

  readonly told: { readonly origin: string; readonly news: readonly TaskNews[] }[] = [];

  tell(origin: string, news: readonly TaskNews[]): void {
    this.told.push({ origin, news });
  }

  async counts(): Promise<StoreCounts> {
    throw new Error('nobody asks');
  }

  async close(): Promise<void> {}

  /** Lets the node claim these. */
  async give(...claims: Claim[]): Promise<void> {
    this.next.push(...claims);
    const { length } = this.rooms;
    this.session!.news.work();
    while (this.rooms.length === length) await setImmediate();
    await setImmediate();
  }

  /** Resolves at the next end that is settled, or claim that is handed back. */
  whenSettled(): Promise<void> {
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }
}
