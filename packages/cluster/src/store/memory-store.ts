import type { Priority } from 'atasker';
import { StoreError } from './error.ts';
import type { MemoryHub } from './memory/hub.ts';
import { MemorySession } from './memory/session.ts';
import type {
  Claim,
  Claims,
  End,
  FoundTask,
  Room,
  StoreCounts,
  StoredTask,
  StoreSession,
  TaskNews,
  TaskStore,
} from './store.ts';

/** One program's connection to a `MemoryHub`: for tests of programs, and for several supervisors in one program. */
export class MemoryStore implements TaskStore {
  readonly #hub: MemoryHub;
  #session: MemorySession | null = null;

  constructor(hub: MemoryHub) {
    this.#hub = hub;
  }

  async open(session: StoreSession): Promise<void> {
    this.#session = new MemorySession(session);
    this.#hub.join(this.#session);
  }

  async add(tasks: readonly StoredTask[]): Promise<void> {
    this.#hub.add(this.#checked(), tasks);
  }

  async claim(room: Room, definitions: readonly string[], most: number): Promise<Claims> {
    return this.#hub.claim(this.#checked(), room, definitions, most);
  }

  async settle(ends: readonly End[]): Promise<readonly string[]> {
    return this.#hub.settle(this.#checked(), ends);
  }

  async release(claims: readonly Pick<Claim, 'id' | 'token'>[]): Promise<void> {
    this.#hub.release(this.#checked(), claims);
  }

  async cancel(id: string, payload: string): Promise<'removed' | 'asked' | 'ended' | 'unknown'> {
    return this.#hub.cancel(this.#checked(), id, payload);
  }

  async setPriority(id: string, priority: Priority): Promise<boolean> {
    return this.#hub.setPriority(this.#checked(), id, priority);
  }

  async find(ids: readonly string[]): Promise<readonly FoundTask[]> {
    return this.#hub.find(this.#checked(), ids);
  }

  tell(origin: string, news: readonly TaskNews[]): void {
    if (this.#session?.isOpen === true) this.#hub.tell(origin, news);
  }

  async counts(): Promise<StoreCounts> {
    return this.#hub.counts(this.#checked());
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session === null) return;
    if (session.isOpen) this.#hub.handBack(session);
    this.#hub.leave(session);
  }

  /** Ends the connection as the death of the program does: nothing is handed back, and no news arrive. */
  kill(): void {
    if (this.#session !== null) this.#hub.leave(this.#session);
    this.#session = null;
  }

  /** Cuts the connection until `mend`: every call rejects, and news wait or are lost. */
  cut(): void {
    this.#session?.cut();
  }

  mend(): void {
    if (this.#session === null) return;
    this.#session.mend();
    this.#hub.renew(this.#session);
  }

  #checked(): MemorySession {
    if (this.#session === null) throw new StoreError('this store is not open');
    this.#session.check();
    return this.#session;
  }
}
