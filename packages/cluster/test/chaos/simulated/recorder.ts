import type { Clock } from 'atasker';
import type { HistoryEvent, ProgramEvent, StoreEvent } from '../checker/history.ts';
import type { Claim, End, Ending, FoundTask, StoredTask, TaskStore } from '../../../src/store/store.ts';

/** What the programs were told about a task so far, and what the store was seen to have. */
interface Known {
  readonly task: StoredTask;
  isAccepted: boolean;
  claim: { readonly node: string; readonly token: string; hasRunOut: boolean } | null;
}

/**
 * Writes down what a store does. What programs ask and are told is written as they are told it. What happens in the
 * store meanwhile is seen by asking it, before and after each call: its owner makes one call at a time.
 */
export class Recorder {
  readonly history: HistoryEvent[] = [];
  readonly #clock: Pick<Clock, 'date'>;
  readonly #observer: TaskStore;
  readonly #open = new Map<string, Known>();
  readonly #added = new Set<string>();

  constructor(observer: TaskStore, clock: Pick<Clock, 'date'>) {
    this.#observer = observer;
    this.#clock = clock;
  }

  note(event: StoreEvent | ProgramEvent): void {
    this.history.push({ at: this.#clock.date(), ...event });
  }

  /** How many tasks were added and have not ended. */
  get openCount(): number {
    return this.#open.size;
  }

  /** What time, and the calls of others, have changed in the store. */
  async look(): Promise<void> {
    const found = await this.#observer.find([...this.#open.keys()]);
    for (const task of found) this.#seen(task, this.#open.get(task.id)!);
  }

  #seen({ id, state, ending }: FoundTask, known: Known): void {
    if (!known.isAccepted) this.#accepted(known);
    const { claim } = known;
    if (claim !== null) {
      const { token } = claim;
      if (state !== 'running' && !claim.hasRunOut) this.note({ type: 'leaseOver', id, token });
      if (state === 'running' && claim.hasRunOut) this.note({ type: 'regained', id, token });
      claim.hasRunOut = state !== 'running';
    }
    if (ending !== null) this.#ended(id, null, ending);
  }

  #accepted(known: Known): void {
    known.isAccepted = true;
    const { id, definition, tt, priority, delayMs } = known.task;
    const dueAt = delayMs > 0 ? this.#clock.date() + delayMs : null;
    this.note({ type: 'accepted', id, definition, tt, priority, dueAt });
  }

  #ended(
    id: string,
    token: string | null,
    { end, payload, lostNodes }: Pick<Ending, 'end' | 'payload' | 'lostNodes'>,
  ): void {
    this.note({ type: 'ended', id, token, end, payload, lost: lostNodes !== null });
    this.#open.delete(id);
  }

  adding(tasks: readonly StoredTask[]): void {
    for (const task of tasks) {
      if (!this.#added.has(task.id)) this.#open.set(task.id, { task, isAccepted: false, claim: null });
      this.#added.add(task.id);
    }
  }

  claimed(node: string, claims: readonly Claim[]): void {
    for (const { id, token, attempt } of claims) {
      const known = this.#open.get(id);
      if (known !== undefined) known.claim = { node, token, hasRunOut: false };
      this.note({ type: 'claimed', id, node, token, attempt });
    }
  }

  settled(ends: readonly End[]): void {
    for (const { id, token, end, payload } of ends) this.#ended(id, token, { end, payload, lostNodes: null });
  }

  released(claims: readonly Pick<Claim, 'id' | 'token'>[], isCounted: boolean): void {
    for (const { id, token } of claims) {
      const known = this.#open.get(id);
      if (known?.claim?.token !== token) continue; // the store takes no notice of it either
      known.claim = null;
      this.note({ type: 'released', id, token, isCounted });
    }
  }

  /** The ids of tasks that have not ended. */
  openIds(): readonly string[] {
    return [...this.#open.keys()];
  }

  heldBy(node: string): readonly Pick<Claim, 'id' | 'token'>[] {
    const open = [...this.#open].filter(([, { claim }]) => claim?.node === node);
    return open.map(([id, { claim }]) => ({ id, token: claim!.token }));
  }
}
