import assert from 'node:assert/strict';
import type { Priority, TaskType } from 'atasker';
import type {
  Claim,
  End,
  Ending,
  Room,
  StoredTask,
  StoreNews,
  StoreSession,
  TaskNews,
  TaskStore,
} from '../../store/store.ts';
import type { StorePlace } from './subject.ts';

/** A wait for news that takes so long has failed. */
const PATIENCE_MS = 20_000;

export const LEASE_MS = 60_000;
export const KEEP_MS = 600_000;

/** A program that has a store open, and remembers what the store tells. */
export class ContractProgram {
  readonly store: TaskStore;
  readonly me: string;
  readonly ended: Ending[] = [];
  readonly told: TaskNews[] = [];
  readonly cancels: { readonly id: string; readonly payload: string }[] = [];
  readonly lost: Pick<Claim, 'id' | 'token'>[] = [];
  work = 0;
  #check = (): void => {};

  constructor(store: TaskStore, me: string) {
    this.store = store;
    this.me = me;
  }

  async open(options: Partial<StoreSession> = {}): Promise<this> {
    const limits = { leaseMs: LEASE_MS, maxLost: 3, keepResultsMs: KEEP_MS };
    await this.store.open({ me: this.me, news: this.#news(), ...limits, ...options });
    return this;
  }

  #news(): StoreNews {
    const note = <T>(list: T[], ...told: T[]): void => {
      list.push(...told);
      this.#check();
    };
    return {
      work: () => {
        this.work++;
        this.#check();
      },
      ended: (ending) => note(this.ended, ending),
      told: (news) => note(this.told, news),
      cancel: (id, payload) => note(this.cancels, { id, payload }),
      lost: (claims) => note(this.lost, ...claims),
      away() {},
      back() {},
    };
  }

  /** Waits until what the store has told makes this true. */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    if (isTrue()) return;
    let timer: NodeJS.Timeout;
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new assert.AssertionError({ message: `never: ${what}` })), PATIENCE_MS);
      this.#check = () => isTrue() && resolve();
    });
    clearTimeout(timer!);
    this.#check = () => {};
  }

  /** What has become of a task, when the store tells it. */
  async ending(id: string): Promise<Ending> {
    await this.until(`the end of ${id} is told`, () => this.ended.some((ending) => ending.id === id));
    return this.ended.find((ending) => ending.id === id)!;
  }

  async add(...tasks: readonly (Partial<StoredTask> & { readonly id: string })[]): Promise<void> {
    await this.store.add(tasks.map((task) => taskOf(task, this.me)));
  }

  /** Claims as much as there is. */
  async claim(
    within: Room = PLENTY,
    definitions: readonly string[] = ['f'],
    most = 100_000,
  ): Promise<readonly Claim[]> {
    const { claims } = await this.store.claim(within, definitions, most);
    return claims;
  }

  /** Claims the one task that there is. */
  async claimOne(): Promise<Claim> {
    const claims = await this.claim();
    assert.equal(claims.length, 1, 'one task can be claimed');
    return claims[0]!;
  }

  async settle(...claims: readonly Claim[]): Promise<readonly string[]> {
    return this.store.settle(claims.map((claim) => endOf(claim)));
  }
}

export function taskOf(task: Partial<StoredTask> & { readonly id: string }, origin: string): StoredTask {
  const plain = { definition: 'f', name: 'f', tt: 'thread', priority: 'normal', delayMs: 0, payload: '' } as const;
  return { ...plain, ...task, origin };
}

export function endOf({ id, token }: Pick<Claim, 'id' | 'token'>, end: Partial<End> = {}): End {
  return { id, token, end: 'completed', payload: 'done', startedAt: null, progress: null, ...end };
}

/** What a store tells of a task that was cancelled before its function began. */
export function canceledEnding(id: string, attempt: number): Ending {
  return { id, end: 'canceled', payload: 'why', startedAt: null, progress: null, attempt, lostNodes: null };
}

export function room(types: readonly TaskType[], of: number | Readonly<Record<Priority, number>>): Room {
  const each = typeof of === 'number' ? { low: of, normal: of, high: of, critical: of } : of;
  return Object.fromEntries(types.map((tt) => [tt, each]));
}

export const PLENTY = room(['thread', 'process', 'async'], Infinity);

export function ids(claims: readonly { readonly id: string }[]): string[] {
  return claims.map(({ id }) => id);
}

/** A place, and the programs that have been made there. */
export class ContractPlace {
  readonly #place: StorePlace;
  readonly #programs: ContractProgram[] = [];

  constructor(place: StorePlace) {
    this.#place = place;
  }

  async open(me: string, options?: Partial<StoreSession>): Promise<ContractProgram> {
    const program = new ContractProgram(this.#place.makeStore(), me);
    this.#programs.push(program);
    return program.open(options);
  }

  advance(ms: number): Promise<void> {
    return this.#place.advance(ms);
  }

  live(ms: number): Promise<void> {
    return this.#place.live(ms);
  }

  kill({ store }: ContractProgram): Promise<void> {
    return this.#place.kill(store);
  }

  suspend({ store }: ContractProgram): void {
    this.#place.suspend!(store);
  }

  resume({ store }: ContractProgram): void {
    this.#place.resume!(store);
  }

  async remove(): Promise<void> {
    await Promise.allSettled(this.#programs.map(({ store }) => store.close()));
    await this.#place.remove();
  }
}
