import type { HistoryEvent, NodeLimits, ProgramEvent, Promises, StoreEvent } from './history.ts';
import { check } from './check.ts';

export const PROMISES: Promises = {
  leaseMs: 1_000,
  maxLost: 3,
  recoveryMs: 2_000,
  patienceMs: 2_000,
  clockMs: 0,
  startMs: 0,
  tellsCancels: true,
};

const TWO_SLOTS: NodeLimits = { poolSize: 2, reserveNormal: 1, reserveHigh: 1 };

type Told = StoreEvent | ProgramEvent;
type Of<T extends Told['type']> = Extract<Told, { readonly type: T }>;
type Task = Partial<Omit<Of<'accepted'>, 'type' | 'id'>>;

/** Writes a history by hand, a millisecond after the other; `wait` lets time go by. */
export class Writer {
  readonly history: HistoryEvent[] = [];
  #at = 0;

  /** Which rules the history breaks. */
  broken(promises: Partial<Promises> = {}): string[] {
    return [
      ...new Set(check(this.history, { ...PROMISES, ...promises }).map(({ rule, message }) => `${rule}: ${message}`)),
    ];
  }

  get at(): number {
    return this.#at;
  }

  add(told: Told): this {
    this.#at += 1;
    this.history.push({ at: this.#at, ...told });
    return this;
  }

  wait(ms: number): this {
    this.#at += ms;
    return this;
  }

  up(node: string, definitions = ['f'], limits = TWO_SLOTS): this {
    return this.add({ type: 'nodeUp', node, definitions, limits: { thread: limits } });
  }

  down(program: string): this {
    return this.add({ type: 'programDown', program, isKilled: true });
  }

  accept(id: string, task: Task = {}): this {
    const plain = { definition: 'f', tt: 'thread', priority: 'normal', dueAt: null } as const;
    return this.add({ type: 'accepted', id, ...plain, ...task }).add({ type: 'acceptedSeen', submitter: 's', id });
  }

  claim(id: string, node: string, attempt = 1): this {
    return this.add({ type: 'claimed', id, node, token: tokenOf(id, node, attempt), attempt });
  }

  began(id: string, node: string, attempt = 1, how: Partial<Of<'began'>> = {}): this {
    const run = tokenOf(id, node, attempt);
    const plain = { tt: 'thread', priority: 'normal', isChild: false } as const;
    return this.add({ type: 'began', node, run, id, attempt, ...plain, ...how });
  }

  returned(id: string, node: string, attempt = 1): this {
    return this.add({ type: 'returned', run: tokenOf(id, node, attempt) });
  }

  /** Ends a task in the store, and tells its submitter. */
  end(id: string, node: string | null, attempt = 1, how: Partial<Of<'ended'>> = {}): this {
    const token = node === null ? null : tokenOf(id, node, attempt);
    const plain = { end: node === null ? 'canceled' : 'completed', payload: `of ${attempt}`, lost: false } as const;
    const ended = { type: 'ended', id, token, ...plain, ...how } as const;
    if (ended.end === 'canceled') this.add({ type: 'cancelCalled', id });
    return this.add(ended).seen(id, { end: ended.end, payload: ended.payload });
  }

  seen(id: string, how: Partial<Omit<Of<'endSeen'>, 'type'>> = {}): this {
    const { end = 'completed', payload = 'of 1', submitter = 's' } = how;
    return this.add({ type: 'endSeen', submitter, id, end, payload });
  }

  handle(id: string, end: Of<'handleSettled'>['end'] = 'completed', mark = 'of 1'): this {
    return this.add({ type: 'handleSettled', submitter: 's', id, end, mark });
  }

  /** Claims, runs and ends a task. */
  run(id: string, node: string, attempt = 1): this {
    return this.claim(id, node, attempt).began(id, node, attempt).returned(id, node, attempt).end(id, node, attempt);
  }

  leaseOver(id: string, node: string, attempt = 1): this {
    return this.add({ type: 'leaseOver', id, token: tokenOf(id, node, attempt) });
  }

  release(id: string, node: string, attempt = 1, isCounted = false): this {
    return this.add({ type: 'released', id, token: tokenOf(id, node, attempt), isCounted });
  }
}

/** Claims of the same attempt differ by their nodes here. */
export function tokenOf(id: string, node: string, attempt = 1): string {
  return `${id} ${node} ${attempt}`;
}
