import type { Clock, Priority, TaskType } from 'atasker';
import { FROM_THE_TOP, TASK_TYPES } from '../priorities.ts';
import type { Claim, Claims, End, Ending, FoundTask, Room, StoreCounts, StoredTask, TaskNews } from '../store.ts';
import { claimOf, foundTask, newTask, type KeptTask } from './kept-task.ts';
import { Lines } from './lines.ts';
import type { MemorySession } from './session.ts';
import { Timeline } from './timeline.ts';

type HubClock = Pick<Clock, 'now' | 'after'>;

/** What a `MemoryHub` is made with. */
export interface MemoryHubOptions {
  /** Where the time of delays and leases comes from. @defaultValue the clock of the machine */
  readonly clock?: HubClock;
}

const machineClock: HubClock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

/**
 * The tasks that several programs share, in memory: what a database is for other stores. Each program opens it with a
 * `MemoryStore` of its own.
 *
 * @example
 * const hub = new MemoryHub();
 * const submitter = new ClusterSupervisor({ store: new MemoryStore(hub) });
 * const node = new ClusterSupervisor({ store: new MemoryStore(hub), node: { tasks: './tasks.js' } });
 */
export class MemoryHub {
  readonly #clock: HubClock;
  readonly #tasks = new Map<string, KeptTask>();
  readonly #lines = new Lines();
  /** Of delays and leases. */
  readonly #due = new Timeline();
  /** Of ended tasks, until they are forgotten. */
  readonly #old = new Timeline();
  readonly #sessions = new Map<string, MemorySession>();
  #lastPlace = 0;
  #lastToken = 0;
  #recovered = 0;

  constructor({ clock = machineClock }: MemoryHubOptions = {}) {
    this.#clock = clock;
  }

  /** @internal */
  join(session: MemorySession): void {
    this.#sessions.set(session.me, session);
    this.#beat(session);
  }

  #beat(session: MemorySession): void {
    if (session.isOpen) this.renew(session);
    session.stopBeat = this.#clock.after(session.options.leaseMs / 3, () => this.#beat(session));
  }

  /** @internal Prolongs the leases of the claims of a program. */
  renew(session: MemorySession): void {
    for (const kept of session.held) {
      this.#setTime(kept, 'running', this.#clock.now() + session.options.leaseMs, this.#due);
    }
  }

  /** @internal */
  leave(session: MemorySession): void {
    session.end();
    if (this.#sessions.get(session.me) === session) this.#sessions.delete(session.me);
  }

  /** @internal */
  handBack(session: MemorySession): void {
    for (const kept of session.held) this.#giveBack(kept, session);
  }

  /** @internal */
  add(session: MemorySession, tasks: readonly StoredTask[]): void {
    this.#pass(session);
    for (const task of tasks) {
      const known = this.#tasks.get(task.id);
      if (known === undefined) this.#take(task);
      else if (known.state === 'ended') session.post((news) => news.ended(known.ending!));
      else known.addedBy.add(session.me);
    }
  }

  #take(task: StoredTask): void {
    const kept = newTask(task);
    this.#tasks.set(task.id, kept);
    if (task.delayMs > 0) return this.#setTime(kept, 'delayed', this.#clock.now() + task.delayMs, this.#due);
    this.#queue(kept, this.#clock.now());
  }

  /** @internal */
  claim(session: MemorySession, room: Room, definitions: readonly string[], most: number): Claims {
    session.definitions = definitions;
    this.#pass(session);
    const claims: Claim[] = [];
    const taken: Record<TaskType, number> = { thread: 0, process: 0, async: 0 };
    for (const priority of FROM_THE_TOP) {
      const hasRoom = (tt: TaskType): boolean => (room[tt]?.[priority] ?? 0) > taken[tt];
      while (claims.length < most) {
        const kept = this.#lines.first(TASK_TYPES.filter(hasRoom), priority, definitions);
        if (kept === null) break;
        taken[kept.task.tt]++;
        claims.push(this.#give(kept, session));
      }
    }
    const first = this.#due.first();
    return { claims, nextMs: first === null ? null : Math.max(0, first.time - this.#clock.now()) };
  }

  #give(kept: KeptTask, session: MemorySession): Claim {
    if (kept.holder !== null) {
      kept.lostBy.push(kept.holder.me);
      this.#recovered++;
      this.#takeFromHolder(kept);
    }
    kept.attempt++;
    kept.holder = session;
    kept.token = `${++this.#lastToken}`;
    session.held.add(kept);
    this.#setTime(kept, 'running', this.#clock.now() + session.options.leaseMs, this.#due);
    return claimOf(kept);
  }

  /** @internal */
  settle(session: MemorySession, ends: readonly End[]): string[] {
    this.#pass(session);
    const dropped: string[] = [];
    for (const { id, token, end, payload, startedAt, progress } of ends) {
      const kept = this.#claimed({ id, token });
      if (kept === null) dropped.push(id);
      else {
        this.#leaveHolder(kept);
        this.#end(kept, { ...PLAIN, end, payload, startedAt, progress }, session);
      }
    }
    return dropped;
  }

  /** A claim that has run out is over for good. */
  #takeFromHolder(kept: KeptTask): void {
    const { holder, token, task } = kept;
    this.#leaveHolder(kept);
    holder?.post((news) => news.lost([{ id: task.id, token: token! }]));
  }

  #leaveHolder(kept: KeptTask): void {
    kept.holder?.held.delete(kept);
    kept.holder = null;
    kept.token = null;
  }

  /** The task of which this is the last claim, unless it has ended. */
  #claimed({ id, token }: Pick<Claim, 'id' | 'token'>): KeptTask | null {
    const kept = this.#tasks.get(id);
    return kept !== undefined && kept.token === token && kept.state !== 'ended' ? kept : null;
  }

  /** @internal */
  release(session: MemorySession, claims: readonly Pick<Claim, 'id' | 'token'>[]): void {
    this.#pass(session);
    for (const claim of claims) {
      const kept = this.#claimed(claim);
      if (kept === null) continue;
      kept.attempt--;
      this.#giveBack(kept, session);
    }
  }

  #giveBack(kept: KeptTask, session: MemorySession): void {
    this.#leaveHolder(kept);
    if (kept.cancel === null) this.#queue(kept, null);
    else this.#end(kept, { ...PLAIN, end: 'canceled', payload: kept.cancel }, session);
  }

  /** @internal */
  cancel(session: MemorySession, id: string, payload: string): 'removed' | 'asked' | 'ended' | 'unknown' {
    this.#pass(session);
    const kept = this.#tasks.get(id);
    if (kept === undefined) return 'unknown';
    if (kept.state === 'ended') return 'ended';
    if (kept.state !== 'running') {
      this.#takeFromHolder(kept);
      this.#end(kept, { ...PLAIN, end: 'canceled', payload }, session);
      return 'removed';
    }
    kept.cancel = payload;
    kept.holder!.post((news) => news.cancel(id, payload));
    return 'asked';
  }

  /** @internal */
  setPriority(session: MemorySession, id: string, priority: Priority): boolean {
    this.#pass(session);
    const kept = this.#tasks.get(id);
    if (kept === undefined || kept.state === 'running' || kept.state === 'ended') return false;
    kept.priority = priority;
    if (kept.state === 'queued') {
      kept.place = 0;
      this.#queue(kept, this.#clock.now());
    }
    return true;
  }

  /** @internal */
  find(session: MemorySession, ids: readonly string[]): FoundTask[] {
    this.#pass(session);
    return ids.flatMap((id) => {
      const kept = this.#tasks.get(id);
      return kept === undefined ? [] : [foundTask(kept)];
    });
  }

  /** @internal */
  tell(origin: string, news: readonly TaskNews[]): void {
    const session = this.#sessions.get(origin);
    for (const one of news) session?.postLossy((listener) => listener.told(one));
  }

  /** @internal */
  counts(session: MemorySession): StoreCounts {
    this.#pass(session);
    const none = (): Record<Priority, number> => ({ low: 0, normal: 0, high: 0, critical: 0 });
    const queued = { thread: none(), process: none(), async: none() };
    const nodes = [...this.#sessions.values()].filter(({ definitions }) => definitions !== null);
    const known = new Set(nodes.flatMap(({ definitions }) => definitions!));
    const unknown = new Set<string>();
    const states = { delayed: 0, queued: 0, running: 0, ended: 0 };
    let oldest = Infinity;
    for (const { state, task, priority, queuedAt } of this.#tasks.values()) {
      states[state]++;
      if (state !== 'queued') continue;
      queued[task.tt][priority]++;
      oldest = Math.min(oldest, queuedAt);
      if (!known.has(task.definition)) unknown.add(task.definition);
    }
    return {
      queued,
      running: states.running,
      delayed: states.delayed,
      oldestMs: states.queued === 0 ? null : this.#clock.now() - oldest,
      recovered: this.#recovered,
      unknownNames: [...unknown],
      nodes: nodes.map(({ me }) => me),
    };
  }

  /** What time has brought: delays are over, leases have run out, ends are forgotten. */
  #pass(session: MemorySession): void {
    const now = this.#clock.now();
    for (let kept = this.#due.first(); kept !== null && kept.time <= now; kept = this.#due.first()) {
      if (kept.state === 'delayed') this.#queue(kept, kept.time);
      else this.#runOut(kept, session);
    }
    for (let kept = this.#old.first(); kept !== null && kept.time <= now; kept = this.#old.first()) {
      kept.time = Infinity;
      this.#tasks.delete(kept.task.id);
    }
  }

  #runOut(kept: KeptTask, session: MemorySession): void {
    const lostNodes = [...kept.lostBy, kept.holder!.me];
    const isLost = lostNodes.length >= session.options.maxLost;
    if (kept.cancel === null && !isLost) return this.#queue(kept, null);
    this.#takeFromHolder(kept);
    if (kept.cancel !== null) this.#end(kept, { ...PLAIN, end: 'canceled', payload: kept.cancel }, session);
    else this.#end(kept, { ...PLAIN, end: 'failed', lostNodes }, session);
  }

  /** Queues a task, at the end of its line if it has no place. */
  #queue(kept: KeptTask, queuedAt: number | null): void {
    kept.state = 'queued';
    kept.place ||= ++this.#lastPlace;
    kept.queuedAt = queuedAt ?? kept.queuedAt;
    this.#lines.add(kept);
    for (const session of this.#sessions.values()) session.wake();
  }

  #end(kept: KeptTask, how: Omit<Ending, 'id' | 'attempt'>, { options }: MemorySession): void {
    const ending = { id: kept.task.id, attempt: kept.attempt, ...how };
    kept.ending = ending;
    this.#setTime(kept, 'ended', this.#clock.now() + options.keepResultsMs, this.#old);
    for (const name of kept.addedBy) this.#sessions.get(name)?.post((news) => news.ended(ending));
  }

  #setTime(kept: KeptTask, state: KeptTask['state'], time: number, timeline: Timeline): void {
    kept.state = state;
    kept.time = time;
    timeline.add(kept);
  }
}

/** What is so of most ends that no node has reported. */
const PLAIN = { payload: '', startedAt: null, progress: null, lostNodes: null } as const;
