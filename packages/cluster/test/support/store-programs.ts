import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StoreNews, StoreSession, TaskStore } from '@atasker/cluster';

const PROGRAM = fileURLToPath(new URL('store-program.js', import.meta.url));

export interface ToProgram {
  readonly n: number;
  readonly method: keyof TaskStore;
  readonly args: readonly unknown[];
}

export type FromProgram =
  | { readonly type: 'result'; readonly n: number; readonly result: unknown }
  | { readonly type: 'error'; readonly n: number; readonly error: { name: string; code: string; message: string } }
  | { readonly type: 'news'; readonly method: keyof StoreNews; readonly args: readonly unknown[] };

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

interface ProgramLimits {
  /** How large its files may become, in blocks of 512 bytes: for it, the disk is full then. */
  readonly fileBlocks?: number;
  /** Whether it runs as a user who owns nothing; only root can start such a program. */
  readonly asNobody?: boolean;
  /** How far its wall clock is ahead. */
  readonly aheadMs?: number;
}

/** A store in a program of its own, which the operating system can stop and kill. */
export class ProgramStore implements TaskStore {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #news: StoreNews | null = null;

  constructor(address: string, { fileBlocks, asNobody = false, aheadMs = 0 }: ProgramLimits = {}) {
    const limit = fileBlocks === undefined ? '' : `ulimit -f ${fileBlocks}; `;
    const as = asNobody ? 'setpriv --reuid 65534 --regid 65534 --clear-groups ' : '';
    const start = [`${limit}exec ${as}"$0" "$@"`, process.execPath, PROGRAM, address];
    const shifted = encodeURIComponent(`const { now } = Date; Date.now = () => now() + ${aheadMs}`);
    this.#child = spawn('sh', ['-c', ...start], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      env: aheadMs === 0 ? process.env : { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${shifted}` },
    });
    this.#child.on('message', (message: FromProgram) => this.#hear(message));
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the program has ended'));
      this.#waiting.clear();
    });
  }

  #hear(message: FromProgram): void {
    if (message.type === 'news') {
      const tell = this.#news?.[message.method] as ((...args: readonly unknown[]) => void) | undefined;
      return tell?.(...message.args);
    }
    const waiting = this.#waiting.get(message.n);
    this.#waiting.delete(message.n);
    if (message.type === 'result') waiting?.resolve(message.result as never);
    else waiting?.reject(Object.assign(new Error(message.error.message), message.error));
  }

  #call<T>(method: keyof TaskStore, args: readonly unknown[]): Promise<T> {
    const n = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject });
      this.#child.send({ n, method, args }, (error) => error !== null && reject(error));
    });
  }

  open({ news, ...session }: StoreSession): Promise<void> {
    this.#news = news;
    return this.#call('open', [session]);
  }

  add: TaskStore['add'] = (...args) => this.#call('add', args);
  claim: TaskStore['claim'] = (...args) => this.#call('claim', args);
  settle: TaskStore['settle'] = (...args) => this.#call('settle', args);
  release: TaskStore['release'] = (...args) => this.#call('release', args);
  cancel: TaskStore['cancel'] = (...args) => this.#call('cancel', args);
  setPriority: TaskStore['setPriority'] = (...args) => this.#call('setPriority', args);
  find: TaskStore['find'] = (...args) => this.#call('find', args);
  counts: TaskStore['counts'] = () => this.#call('counts', []);
  close: TaskStore['close'] = () => this.#call('close', []);
  tell: TaskStore['tell'] = (...args) => void this.#call('tell', args);

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Resolves when the program is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
