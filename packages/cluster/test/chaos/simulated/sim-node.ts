import type { Priority, TaskType } from 'atasker';
import type { NodeLimits, ProgramEvent } from '../checker/history.ts';
import { isMoreUrgent, URGENCY } from '../checker/lines.ts';
import { TYPES } from '../draws.ts';
import type { Random } from '../random.ts';
import type { Claim, End, Room, StoreNews, TaskStore } from '../../../src/store/store.ts';

/** A function that runs. */
interface Run {
  readonly claim: Claim;
  endAt: number;
  isCanceled: boolean;
}

const LONGEST_RUN_MS = 3_000;

export interface SimNodeOptions {
  readonly name: string;
  readonly definitions: readonly string[];
  readonly limits: Readonly<Record<TaskType, NodeLimits>>;
  readonly store: TaskStore;
  readonly note: (event: ProgramEvent) => void;
  readonly random: Random;
}

/** A node that only pretends to run functions. Its owner calls `step` and lets time go by in between. */
export class SimNode implements StoreNews {
  readonly #options: SimNodeOptions;
  readonly #runs = new Map<string, Run>();
  #mayHaveWork = true;
  #lookAt = Infinity;
  /** It has begun what kills it. */
  isDoomed = false;

  constructor(options: SimNodeOptions) {
    this.#options = options;
  }

  work(): void {
    this.#mayHaveWork = true;
  }

  back(): void {
    this.#mayHaveWork = true;
  }

  cancel(id: string): void {
    const run = [...this.#runs.values()].find(({ claim }) => claim.id === id);
    if (run !== undefined) Object.assign(run, { isCanceled: true, endAt: 0 });
  }

  lost(claims: readonly Pick<Claim, 'id' | 'token'>[]): void {
    for (const { token } of claims) if (this.#runs.delete(token)) this.#options.note({ type: 'returned', run: token });
  }

  ended(): void {}
  told(): void {}
  away(): void {}

  get definitions(): readonly string[] {
    return this.#options.definitions;
  }

  /** Ends what is done by now, and claims while there may be something to claim. */
  async step(now: number): Promise<void> {
    await this.#settle(now);
    if (this.#mayHaveWork || now >= this.#lookAt) await this.#claim(now);
  }

  async #settle(now: number): Promise<void> {
    const done = [...this.#runs.values()].filter(({ endAt }) => endAt <= now);
    if (done.length === 0) return;
    for (const { claim } of done) this.#options.note({ type: 'returned', run: claim.token });
    await this.#options.store.settle(done.map((run) => this.#endOf(run)));
    for (const { claim } of done) this.#runs.delete(claim.token);
    this.#mayHaveWork = true; // there is room now
  }

  #endOf({ claim, isCanceled }: Run): End {
    const { id, token } = claim;
    const end = isCanceled ? 'canceled' : this.#options.random.happens(0.1) ? 'failed' : 'completed';
    return { id, token, end, payload: `${end} by ${token}`, startedAt: 0, progress: null };
  }

  async #claim(now: number): Promise<void> {
    this.#mayHaveWork = false;
    const most = 1 + this.#options.random.below(8);
    const { claims, nextMs } = await this.#options.store.claim(this.#room(), this.#options.definitions, most);
    this.#lookAt = nextMs === null ? Infinity : now + nextMs;
    if (claims.length === most) this.#mayHaveWork = true;
    const unwanted = claims.filter(() => this.#options.random.happens(0.03));
    for (const claim of claims) if (!unwanted.includes(claim)) this.#begin(claim, now);
    if (unwanted.length === 0) return;
    await this.#options.store.release(unwanted);
    this.#mayHaveWork = true;
  }

  #begin(claim: Claim, now: number): void {
    const { id, token, tt, priority, attempt } = claim;
    this.isDoomed ||= claim.definition === 'deadly';
    const longest = this.#options.random.happens(0.9) ? LONGEST_RUN_MS / 20 : LONGEST_RUN_MS;
    this.#runs.set(token, { claim, endAt: now + this.#options.random.below(longest), isCanceled: false });
    this.#options.note({
      type: 'began',
      node: this.#options.name,
      run: token,
      id,
      tt,
      priority,
      attempt,
      isChild: false,
    });
  }

  #room(): Room {
    return Object.fromEntries(TYPES.map((tt) => [tt, this.#roomOf(tt)]));
  }

  #roomOf(tt: TaskType): Record<Priority, number> {
    const { poolSize, reserveNormal, reserveHigh } = this.#options.limits[tt];
    const running = [...this.#runs.values()].filter(({ claim }) => claim.tt === tt).length;
    const limitOf = (priority: Priority): number => {
      if (priority === 'critical') return Infinity;
      return (
        poolSize +
        (isMoreUrgent(priority, 'low') ? reserveNormal : 0) +
        (isMoreUrgent(priority, 'normal') ? reserveHigh : 0)
      );
    };
    return Object.fromEntries(
      URGENCY.map((priority) => [priority, Math.max(0, limitOf(priority) - running)]),
    ) as Record<Priority, number>;
  }
}
