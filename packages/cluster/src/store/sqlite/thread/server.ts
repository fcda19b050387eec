import { Connection } from '../connection.ts';
import { inWords } from '../words.ts';
import { Engine } from './engine.ts';
import { Peers } from './peers.ts';
import type { Call, FromThread, PeerFrame, ThreadData, ToThread } from './protocol.ts';

/** How often the thread looks whether the file has changed, although nobody has said so. */
const POLL_MS = 1000;
/** The same, if nobody can say so. */
const POLL_WITHOUT_SOCKET_MS = 25;

/** How often a store that is away is tried. */
const RETRY_MS = 500;

/** Ends that are told at a time. */
const MOST_ENDS = 1000;

/** The store in its thread: takes what has arrived since the last commit, and does it in one transaction. */
export class Server {
  readonly #data: ThreadData;
  readonly #tell: (told: readonly FromThread[]) => void;
  readonly #peers = new Peers((frame) => this.#hear(frame));
  readonly #timers: NodeJS.Timeout[] = [];
  #connection!: Connection;
  #engine!: Engine;
  #dataVersion = 0;
  /** Why the store cannot be used; null if it can. */
  #trouble: string | null = null;

  constructor(data: ThreadData, tell: (told: readonly FromThread[]) => void) {
    this.#data = data;
    this.#tell = tell;
  }

  /** @throws an error whose message is in words for users */
  async open(): Promise<void> {
    const { path, leaseMs } = this.#data;
    try {
      this.#connection = new Connection(path);
      await this.#peers.open(path);
      this.#engine = new Engine(this.#connection, this.#data, this.#peers.address);
      this.#engine.join();
    } catch (error) {
      await this.#peers.close();
      throw new Error(inWords(error, path) ?? (error as Error).message, { cause: error });
    }
    this.#every(this.#peers.address === null ? POLL_WITHOUT_SOCKET_MS : POLL_MS, () => this.#poll());
    this.#every(leaseMs / 3, () => this.#beat());
    this.#every(RETRY_MS, () => this.#retry());
  }

  #every(ms: number, work: () => void): void {
    this.#timers.push(setInterval(work, ms));
  }

  take(messages: readonly ToThread[]): void {
    const calls: Call[] = [];
    for (const message of messages) {
      if (message.type === 'calls') calls.push(...message.calls);
      else if (message.type === 'tell') this.#tellOther(message);
    }
    if (calls.length > 0) this.#do(calls);
  }

  #tellOther({ origin, news }: Extract<ToThread, { type: 'tell' }>): void {
    if (this.#trouble !== null) return;
    this.#guard(() => {
      for (const address of this.#engine.program.addresses([origin])) this.#peers.send(address, { type: 'told', news });
    });
  }

  /** Does calls in one transaction; one by one, if one of them is at fault. */
  #do(calls: readonly Call[]): void {
    if (this.#trouble !== null) return this.#refuse(calls, this.#trouble, true);
    try {
      const { results, ...done } = this.#engine.do(calls);
      this.#tell(calls.map(({ n }, i) => ({ type: 'result', n, result: results[i] })));
      this.#follow(done);
    } catch (error) {
      const words = inWords(error, this.#data.path);
      if (words !== null) {
        this.#refuse(calls, words, true);
        this.#goAway(words);
      } else if (calls.length > 1) for (const call of calls) this.#do([call]);
      else this.#refuse(calls, (error as Error).message, false);
    }
  }

  #refuse(calls: readonly Call[], message: string, isAway: boolean): void {
    this.#tell(calls.map(({ n }) => ({ type: 'error', n, message, isAway })));
  }

  #follow({ work, look, wake }: Pick<ReturnType<Engine['do']>, 'work' | 'look' | 'wake'>): void {
    for (const { address, ...frame } of wake) this.#peers.send(address, { type: 'look', ...frame });
    if (work) this.#tell([{ type: 'work' }]);
    if (look) this.#look();
  }

  /** Tells the program what there is for it in the file. */
  #look(): void {
    this.#guard(() => {
      const { program } = this.#engine;
      const lost = program.takeLost();
      if (lost.length > 0) this.#tell([{ type: 'lost', claims: lost }]);
      this.#tell(program.takeCancels().map(({ id, payload }) => ({ type: 'cancel', id, payload })));
      for (let many = MOST_ENDS; many === MOST_ENDS;) {
        const ends = program.takeEnds(MOST_ENDS);
        this.#tell(ends.map((ending) => ({ type: 'ended', ending })));
        many = ends.length;
      }
    });
  }

  #hear(frame: PeerFrame): void {
    if (frame.type === 'told') return this.#tell([{ type: 'told', news: frame.news }]);
    if (this.#trouble !== null) return;
    if (frame.work) this.#tell([{ type: 'work' }]);
    this.#look();
  }

  #poll(): void {
    if (this.#trouble !== null) return;
    this.#guard(() => {
      const version = this.#connection.dataVersion();
      if (version === this.#dataVersion) return;
      this.#dataVersion = version;
      this.#tell([{ type: 'work' }]);
      this.#look();
    });
  }

  #beat(): void {
    if (this.#trouble !== null) return;
    this.#guard(() => {
      this.#follow(this.#engine.do([]));
      this.#tidy();
    });
  }

  /** Deletes old tasks in steps, between which others have their turn. */
  #tidy(): void {
    if (this.#trouble !== null) return;
    this.#guard(() => {
      if (this.#engine.tidy()) setImmediate(() => this.#tidy());
    });
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#goAway(inWords(error, this.#data.path) ?? (error as Error).message);
    }
  }

  #goAway(message: string): void {
    if (this.#trouble === null) this.#tell([{ type: 'away', message }]);
    this.#trouble = message;
  }

  #retry(): void {
    if (this.#trouble === null) return;
    try {
      this.#connection.reopen();
      const done = this.#engine.do([]);
      this.#engine.tidy(); // writes, or a full disk would not show
      this.#trouble = null;
      this.#tell([{ type: 'back' }, { type: 'work' }]);
      this.#follow({ ...done, look: true });
    } catch (error) {
      this.#trouble = inWords(error, this.#data.path) ?? (error as Error).message;
    }
  }

  /** Hands back what the program holds, if the store can be used; else the leases run out. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#guard(() => {
      if (this.#trouble !== null) return;
      for (const { address } of this.#engine.leave()) this.#peers.send(address, { type: 'look', work: true });
    });
    this.#trouble = 'this store is being closed';
    this.#connection.close();
    await this.#peers.close();
    this.#tell([{ type: 'closed' }]);
  }
}
