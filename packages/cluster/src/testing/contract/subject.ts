import type { TaskStore } from '../../store/store.ts';

/** Where the stores of one row keep their tasks: a file, a server, an object in memory. */
export interface StorePlace {
  /** A store for one program more, which is not open yet. */
  makeStore(): TaskStore;
  /**
   * Moves the clock of the store ahead. Claims may run out by that, also those of programs that live.
   */
  advance(ms: number): Promise<void>;
  /** Lets time pass for the programs as well, so that they renew their claims. */
  live(ms: number): Promise<void>;
  /** Ends a program without any chance to say so. */
  kill(store: TaskStore): Promise<void>;
  /** Stops a program, or cuts it off, until `resume`: it renews nothing. */
  suspend?(store: TaskStore): void;
  resume?(store: TaskStore): void;
  /** Removes everything. All stores have been closed, killed, or are closed by this. */
  remove(): Promise<void>;
}

/** A kind of store that is to keep the contract. */
export interface StoreSubject {
  /** What is true of its places: `suspend` if they have `suspend` and `resume`. */
  readonly traits: readonly 'suspend'[];
  makePlace(): Promise<StorePlace>;
}
