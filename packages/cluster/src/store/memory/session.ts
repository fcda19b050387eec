import { StoreError } from '../error.ts';
import type { StoreNews, StoreSession } from '../store.ts';
import type { Holder, KeptTask } from './kept-task.ts';

/** A program that has a store in memory open. News reach it in turns of their own, in order. */
export class MemorySession implements Holder {
  readonly options: StoreSession;
  /** What it runs, once it has claimed. */
  definitions: readonly string[] | null = null;
  readonly held = new Set<KeptTask>();
  stopBeat = (): void => {};
  readonly #waiting: ((news: StoreNews) => void)[] = [];
  #isScheduled = false;
  #isTold = false;
  #state: 'open' | 'away' | 'gone' = 'open';

  constructor(options: StoreSession) {
    this.options = options;
  }

  get me(): string {
    return this.options.me;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** @throws StoreError if the program cannot use the store now */
  check(): void {
    if (this.#state === 'away') throw new StoreError('the connection of this program to the store in memory is cut');
  }

  post(tell: (news: StoreNews) => void): void {
    if (this.#state === 'gone') return;
    this.#waiting.push(tell);
    this.#schedule();
  }

  /** As `post`, but news that cannot be told now are lost. */
  postLossy(tell: (news: StoreNews) => void): void {
    if (this.#state === 'open') this.post(tell);
  }

  /** Tells of work, once for all that is added in a turn. */
  wake(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.post((news) => {
      this.#isTold = false;
      news.work();
    });
  }

  cut(): void {
    if (this.#state !== 'open') return;
    this.#state = 'away';
    const { news } = this.options;
    setImmediate(() => news.away(new StoreError('the connection of this program to the store in memory is cut')));
  }

  mend(): void {
    if (this.#state !== 'away') return;
    this.#state = 'open';
    this.#waiting.unshift((news) => news.back());
    this.#schedule();
  }

  end(): void {
    this.#state = 'gone';
    this.stopBeat();
    this.#waiting.length = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#state !== 'open') return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      while (this.#state === 'open' && this.#waiting.length > 0) this.#waiting.shift()!(this.options.news);
    });
  }
}
