import type { Priority } from 'atasker';
import type { RemoteEnd } from 'atasker/remote';
import type { EventOf, HistoryEvent, Promises } from './history.ts';
import { Lines, type Waiting } from './lines.ts';

/** That a node has a task. */
interface HeldClaim {
  readonly node: string;
  readonly token: string;
  readonly at: number;
  /** Until when its lease lasts at least. */
  until: number;
}

/** A task at a moment of the history. */
export interface TaskState {
  readonly id: string;
  readonly accepted: EventOf<'accepted'>;
  priority: Priority;
  /** Where it stands in line; 0 while it has had no place since its last change of priority. */
  place: number;
  /** Since when it has waited with this priority; null while it does not. */
  since: number | null;
  state: 'delayed' | 'waiting' | 'claimed' | 'ended';
  /** While a node has it. */
  claim: HeldClaim | null;
  /** A claim whose lease has run out; nobody else has claimed the task since. */
  ranOut: HeldClaim | null;
  /** How many claims count as attempts. */
  attempts: number;
  /** How many claims have run out and were followed by another one. */
  lost: number;
  everClaimed: boolean;
  cancelAskedAt: number | null;
  end: { readonly end: RemoteEnd; readonly payload: string } | null;
  waiting: Waiting | null;
}

const NEW = {
  place: 0,
  since: null,
  state: 'delayed',
  claim: null,
  ranOut: null,
  attempts: 0,
  lost: 0,
  everClaimed: false,
  cancelAskedAt: null,
  end: null,
  waiting: null,
} as const;

/** What each event does to its task. */
type Changes = {
  readonly [
    T in 'queued' | 'claimed' | 'leaseOver' | 'regained' | 'released' | 'ended' | 'cancelAsked' | 'priorityChanged'
  ]: (task: TaskState, event: EventOf<T>) => void;
};

/** The store as it must be after the events so far. It takes wrong events too: to find them is what rules are for. */
export class World {
  readonly tasks = new Map<string, TaskState>();
  readonly lines = new Lines();
  readonly #promises: Promises;
  readonly #heldBy = new Map<string, Set<TaskState>>();
  /** Delayed tasks, those that are due last first. */
  readonly #delayed: TaskState[] = [];
  #places = 0;

  constructor(promises: Promises) {
    this.#promises = promises;
  }

  /** What a node has. */
  held(node: string): ReadonlySet<TaskState> {
    return this.#heldBy.get(node) ?? new Set();
  }

  /** Lets time go on: delayed tasks become due. A claim may have looked at the clock a moment before. */
  pass(now: number): void {
    while (this.#delayed.length > 0 && this.#delayed.at(-1)!.accepted.dueAt! <= now - this.#promises.clockMs) {
      const task = this.#delayed.pop()!;
      if (task.state === 'delayed') this.#wait(task, task.accepted.dueAt!);
    }
  }

  apply(event: HistoryEvent): void {
    if (event.type === 'accepted') return this.#accept(event);
    if (event.type === 'renewed') {
      for (const { claim } of this.held(event.node)) claim!.until = event.at + this.#promises.leaseMs;
      return;
    }
    const task = 'id' in event ? this.tasks.get(event.id) : undefined;
    const change = this.#changes[event.type as keyof Changes] as
      | ((task: TaskState, told: HistoryEvent) => void)
      | undefined;
    if (task !== undefined) change?.(task, event);
  }

  readonly #changes: Changes = {
    queued: (task, { at }) => this.#wait(task, at),
    claimed: (task, event) => this.#claim(task, event),
    leaseOver: (task, { at }) => {
      task.ranOut = task.claim;
      this.#drop(task);
      this.#wait(task, at);
    },
    regained: (task, { at }) => this.#regain(task, at),
    released: (task, { isCounted, at }) => {
      if (!isCounted) task.attempts -= 1;
      this.#drop(task);
      task.ranOut = null;
      this.#wait(task, at);
    },
    ended: (task, event) => this.#end(task, event),
    cancelAsked: (task, { at }) => void (task.cancelAskedAt ??= at),
    priorityChanged: (task, { priority, at }) => this.#move(task, priority, at),
  };

  #accept(accepted: EventOf<'accepted'>): void {
    const { id, priority, dueAt, at } = accepted;
    const task: TaskState = { ...NEW, id, accepted, priority };
    this.tasks.set(id, task);
    if (dueAt === null) return this.#wait(task, at);
    const index = this.#delayed.findLastIndex(({ accepted: other }) => other.dueAt! > dueAt);
    this.#delayed.splice(index + 1, 0, task);
  }

  #wait(task: TaskState, since: number): void {
    if (task.waiting !== null || task.state === 'ended') return;
    task.state = 'waiting';
    task.since = since;
    task.place ||= this.#places += 1;
    const { id, priority, place, accepted } = task;
    const { definition, tt, dueAt } = accepted;
    task.waiting = { id, priority, place, dueAt, definition, tt };
    this.lines.put(task.waiting);
  }

  #leave(task: TaskState): void {
    if (task.waiting === null) return;
    this.lines.take(task.waiting);
    task.waiting = null;
    task.since = null;
  }

  #claim(task: TaskState, { at, node, token }: EventOf<'claimed'>): void {
    if (task.ranOut !== null) task.lost += 1;
    task.ranOut = null;
    task.attempts += 1;
    task.everClaimed = true;
    this.#hold(task, { node, token, at, until: at + this.#promises.leaseMs });
  }

  #regain(task: TaskState, at: number): void {
    if (task.ranOut === null) return;
    this.#hold(task, { ...task.ranOut, until: at + this.#promises.leaseMs });
    task.ranOut = null;
  }

  #hold(task: TaskState, claim: HeldClaim): void {
    this.#leave(task);
    this.#drop(task);
    task.state = 'claimed';
    task.claim = claim;
    const held = this.#heldBy.get(claim.node);
    if (held === undefined) this.#heldBy.set(claim.node, new Set([task]));
    else held.add(task);
  }

  #drop(task: TaskState): void {
    if (task.claim === null) return;
    this.#heldBy.get(task.claim.node)!.delete(task);
    task.claim = null;
  }

  #end(task: TaskState, { end, payload }: EventOf<'ended'>): void {
    this.#leave(task);
    this.#drop(task);
    task.ranOut = null;
    task.end ??= { end, payload };
    task.state = 'ended';
  }

  #move(task: TaskState, priority: Priority, at: number): void {
    task.priority = priority;
    task.place = 0;
    if (task.waiting === null) return;
    this.#leave(task);
    this.#wait(task, at);
  }
}
