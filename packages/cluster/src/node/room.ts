import type { Priority, TaskType } from 'atasker';
import type { RemoteHost } from 'atasker/remote';
import type { Claim, Room, TypeRoom } from '../store/store.ts';

export const TASK_TYPES = ['thread', 'process', 'async'] as const satisfies readonly TaskType[];

/** How long critical tasks beyond the limits of a pool wait for each other, in milliseconds. */
export const BEYOND_MS = 50;

const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const satisfies readonly Priority[];

/**
 * What a node may claim. Within the limits of its pools that is what the pools have room for. A critical task also starts
 * beyond the limits, but only one for each pool in 50 ms: meanwhile other nodes, which may have free slots, claim the
 * others, and no pool is flooded.
 */
export class NodeRoom {
  readonly #host: Pick<RemoteHost, 'room'>;
  readonly #now: () => number;
  /** When a critical task last started beyond the limits, by type. */
  readonly #beyond = new Map<TaskType, number>();

  constructor(host: Pick<RemoteHost, 'room'>, now: () => number = () => performance.now()) {
    this.#host = host;
    this.#now = now;
  }

  /** For at most so many tasks; null if no pool has room for any task. */
  take(most: number): Room | null {
    const room: { [T in TaskType]?: TypeRoom } = {};
    for (const tt of TASK_TYPES) {
      const ofType = this.#of(tt, most);
      if (ofType.critical > 0) room[tt] = ofType;
    }
    return Object.keys(room).length === 0 ? null : room;
  }

  /** These tasks were claimed in that room. True if a critical one begins beyond the limits. */
  claimed(claims: readonly Claim[], room: Room): boolean {
    const critical = claims.filter(({ priority }) => priority === 'critical');
    let isBeyond = false;
    for (const tt of TASK_TYPES) {
      const count = critical.filter((claim) => claim.tt === tt).length;
      if (count <= (room[tt]?.high ?? 0)) continue;
      this.#beyond.set(tt, this.#now());
      isBeyond = true;
    }
    return isBeyond;
  }

  /** Whether tasks that are waiting may have been left because there was no room for them. */
  isBounded(room: Room): boolean {
    return TASK_TYPES.some((tt) => PRIORITIES.some((priority) => (room[tt]?.[priority] ?? 0) === 0));
  }

  #of(tt: TaskType, most: number): TypeRoom {
    const { low, normal, high, critical } = this.#host.room(tt);
    const isFree = this.#now() - (this.#beyond.get(tt) ?? -Infinity) >= BEYOND_MS;
    const atMost = (room: number): number => Math.min(room, most);
    const beyond = atMost(high + (isFree ? 1 : 0));
    return { low: atMost(low), normal: atMost(normal), high: atMost(high), critical: critical === 0 ? 0 : beyond };
  }
}
