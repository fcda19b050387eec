import type { Clock } from 'atasker';
import type { Random } from '../random.ts';
import type { Claim, StoredTask, StoreSession, TaskStore } from '../../../src/store/store.ts';

/** What all programs of a simulation share, for a fault to be wrong with. */
export interface FaultScene {
  readonly random: Random;
  readonly clock: Clock;
  /** The last claim of each task, and the program that has it. */
  readonly claims: Map<string, { readonly claim: Claim; readonly me: string }>;
  readonly tasks: Map<string, StoredTask>;
  /** How often a task was handed back. */
  readonly releases: Map<string, number>;
}

type FaultyMethods = Partial<TaskStore>;

/** One thing that is wrong with a store. */
export interface Fault {
  readonly name: string;
  /** Methods that replace those of the store of a program, which `store` still has. */
  readonly methods?: (store: TaskStore, me: () => string, scene: FaultScene) => FaultyMethods;
  /** The clock that the store is given instead. */
  readonly clock?: (clock: Clock, leaseMs: number) => Pick<Clock, 'now' | 'after'>;
}

/** Puts a fault into stores. */
export class Faulty {
  readonly #fault: Fault | null;
  readonly #scene: FaultScene;

  constructor(fault: Fault | null, random: Random, clock: Clock) {
    this.#fault = fault;
    this.#scene = { random, clock, claims: new Map(), tasks: new Map(), releases: new Map() };
  }

  wrap(store: TaskStore): TaskStore {
    const { claims, tasks } = this.#scene;
    let me = '';
    const watched: TaskStore = {
      open: (session) => store.open(session),
      add(added) {
        for (const task of added) tasks.set(task.id, task);
        return store.add(added);
      },
      async claim(...asked) {
        const given = await store.claim(...asked);
        for (const claim of given.claims) claims.set(claim.id, { claim, me });
        return given;
      },
      async settle(ends) {
        const dropped = await store.settle(ends);
        for (const { id } of ends) if (!dropped.includes(id)) claims.delete(id);
        return dropped;
      },
      release(given) {
        for (const { id } of given) claims.delete(id);
        return store.release(given);
      },
      cancel: (id, payload) => store.cancel(id, payload),
      setPriority: (id, priority) => store.setPriority(id, priority),
      find: (ids) => store.find(ids),
      tell: (origin, news) => store.tell(origin, news),
      counts: () => store.counts(),
      close: () => store.close(),
    };
    const faulty: TaskStore = { ...watched, ...this.#fault?.methods?.(watched, () => me, this.#scene) };
    const open = (session: StoreSession): Promise<void> => {
      ({ me } = session);
      return faulty.open(session);
    };
    return { ...faulty, open };
  }
}
