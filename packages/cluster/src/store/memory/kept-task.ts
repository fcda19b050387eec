import type { Claim, Ending, FoundTask, StoredTask, StoreNews } from '../store.ts';

/** A program that has claimed tasks. */
export interface Holder {
  readonly me: string;
  /** What it has claimed, also if the claim has run out but nobody else has claimed the task. */
  readonly held: Set<KeptTask>;
  post(tell: (news: StoreNews) => void): void;
}

/** A task as the in-memory store keeps it. */
export interface KeptTask {
  readonly task: StoredTask;
  priority: StoredTask['priority'];
  state: 'delayed' | 'queued' | 'running' | 'ended';
  /** Grows along the line. A task that is claimed keeps it, and so comes back to where it was. */
  place: number;
  queuedAt: number;
  /** When the delay is over, the lease runs out, or the end is forgotten; by `state`. */
  time: number;
  attempt: number;
  /** Of the last claim, and the program that made it; null once that claim is over for good. */
  token: string | null;
  holder: Holder | null;
  /** The programs whose claims of this task have run out, except the last one. */
  readonly lostBy: string[];
  /** The payload of a cancel that its node was asked for. */
  cancel: string | null;
  ending: Ending | null;
  /** The programs that are told of its end. */
  readonly addedBy: Set<string>;
}

export function newTask(task: StoredTask): KeptTask {
  return {
    task,
    priority: task.priority,
    state: 'delayed',
    place: 0,
    queuedAt: 0,
    time: 0,
    attempt: 0,
    token: null,
    holder: null,
    lostBy: [],
    cancel: null,
    ending: null,
    addedBy: new Set([task.origin]),
  };
}

export function claimOf({ task, priority, attempt, token }: KeptTask): Claim {
  return { ...task, priority, attempt, token: token! };
}

export function foundTask({ task, priority, state, attempt, ending }: KeptTask): FoundTask {
  const { id, definition } = task;
  return { id, definition, state: state === 'ended' ? ending!.end : state, priority, attempt, ending };
}
