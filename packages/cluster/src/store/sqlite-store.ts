import type { Priority } from 'atasker';
import { Worker } from 'node:worker_threads';
import { StoreError } from './error.ts';
import { forgetGate, newGate, shutAtExit, shutGate } from './sqlite/thread/gate.ts';
import type { Call, FromThread, ThreadMethods, ThreadStart, ToThread } from './sqlite/thread/protocol.ts';
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

type Waiting = { readonly resolve: (result: never) => void; readonly reject: (error: Error) => void };

/**
 * Tasks in an SQLite file, for the programs of one machine. It needs Node.js 22.13 or later, or the package `libsql`.
 * Commits happen in a thread, so that they block nobody; calls that come together are committed together.
 */
export class SqliteStore implements TaskStore {
  readonly #path: string;
  #worker: Worker | null = null;
  #gate = newGate();
  #session: StoreSession | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #lastCall = 0;
  /** Calls of this turn, which go to the thread together. */
  #calls: Call[] = [];
  #closed = (): void => {};

  /** The file, which is made if it is not there; its folder must exist. */
  constructor(path: string) {
    this.#path = path;
  }

  async open(session: StoreSession): Promise<void> {
    const { me, leaseMs, maxLost, keepResultsMs } = session;
    const gate = newGate();
    const workerData: ThreadStart = { data: { path: this.#path, me, leaseMs, maxLost, keepResultsMs }, gate };
    const execArgv = ['--disable-warning=ExperimentalWarning']; // node:sqlite; and no loaders, which the thread needs not
    const worker = new Worker(new URL('sqlite-thread.js', import.meta.url), { workerData, execArgv });
    shutAtExit(gate);
    worker.once('exit', () => forgetGate(gate));
    await new Promise<void>((resolve, reject) => {
      worker.once('error', (error) =>
        reject(new StoreError(`the thread of the store has failed: ${error.message}`, error)),
      );
      worker.once('message', ([first]: readonly [FromThread]) => {
        if (first.type === 'refused') reject(new StoreError(first.message, undefined, first));
        else resolve();
      });
    });
    worker.removeAllListeners('error');
    worker.on('message', (told: readonly FromThread[]) => told.forEach((each) => this.#hear(each)));
    worker.on('error', (error) => this.#end(`the thread of the store has failed: ${error.message}`));
    worker.on('exit', () => this.#end('the thread of the store has ended'));
    worker.unref();
    this.#worker = worker;
    this.#gate = gate;
    this.#session = session;
  }

  add(tasks: readonly StoredTask[]): Promise<void> {
    return this.#call('add', [tasks]);
  }

  claim(room: Room, definitions: readonly string[], most: number): Promise<Claims> {
    return this.#call('claim', [room, definitions, most]);
  }

  settle(ends: readonly End[]): Promise<readonly string[]> {
    return this.#call('settle', [ends]);
  }

  release(claims: readonly Pick<Claim, 'id' | 'token'>[]): Promise<void> {
    return this.#call('release', [claims]);
  }

  cancel(id: string, payload: string): Promise<'removed' | 'asked' | 'ended' | 'unknown'> {
    return this.#call('cancel', [id, payload]);
  }

  setPriority(id: string, priority: Priority): Promise<boolean> {
    return this.#call('setPriority', [id, priority]);
  }

  find(ids: readonly string[]): Promise<readonly FoundTask[]> {
    return this.#call('find', [ids]);
  }

  counts(): Promise<StoreCounts> {
    return this.#call('counts', []);
  }

  tell(origin: string, news: readonly TaskNews[]): void {
    if (this.#session === null) return;
    if (origin === this.#session.me) setImmediate(() => this.#hear({ type: 'told', news }));
    else this.#post({ type: 'tell', origin, news });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    this.#flush();
    worker.ref();
    const closed = new Promise<void>((resolve) => (this.#closed = resolve));
    this.#post({ type: 'close' });
    this.#worker = null;
    await closed;
    this.#end('this store has been closed');
  }

  /** Ends the thread as the death of the program does: nothing is handed back. */
  async kill(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#session = null;
    if (worker === null) return;
    shutGate(this.#gate);
    await worker.terminate();
  }

  #call<M extends keyof ThreadMethods>(
    method: M,
    args: Parameters<ThreadMethods[M]>,
  ): Promise<ReturnType<ThreadMethods[M]>> {
    const worker = this.#worker;
    if (worker === null) return Promise.reject(new StoreError('this store is not open'));
    const n = ++this.#lastCall;
    if (this.#calls.length === 0) queueMicrotask(() => this.#flush());
    this.#calls.push({ n, method, args } as Call);
    if (this.#waiting.size === 0) worker.ref(); // a program does not end while it waits for a commit
    return new Promise((resolve, reject) => this.#waiting.set(n, { resolve, reject }));
  }

  #flush(): void {
    const calls = this.#calls;
    this.#calls = [];
    if (calls.length > 0) this.#post({ type: 'calls', calls });
  }

  #post(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #hear(told: FromThread): void {
    if (told.type === 'result') return this.#take(told.n)?.resolve(told.result as never);
    if (told.type === 'closed') return this.#closed();
    if (told.type === 'error') {
      const { n, message, isAway } = told;
      return this.#take(n)?.reject(isAway ? new StoreError(message) : new Error(message));
    }
    const news = this.#session?.news;
    if (news === undefined) return;
    switch (told.type) {
      case 'work':
        return news.work();
      case 'ended':
        return news.ended(told.ending);
      case 'told':
        return told.news.forEach((each) => news.told(each));
      case 'cancel':
        return news.cancel(told.id, told.payload);
      case 'lost':
        return news.lost(told.claims);
      case 'away':
        return news.away(new StoreError(told.message));
      case 'back':
        return news.back();
      case 'opened':
      case 'refused':
    }
  }

  #take(n: number): Waiting | undefined {
    const waiting = this.#waiting.get(n);
    this.#waiting.delete(n);
    if (this.#waiting.size === 0) this.#worker?.unref();
    return waiting;
  }

  /** The thread is gone: nothing more comes from it. */
  #end(message: string): void {
    const session = this.#session;
    this.#session = null;
    if (this.#worker !== null) session?.news.away(new StoreError(message));
    this.#worker = null;
    this.#closed();
    for (const { reject } of this.#waiting.values()) reject(new StoreError(message));
    this.#waiting.clear();
  }
}
