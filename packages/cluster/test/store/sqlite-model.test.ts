import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Priority, TaskType } from 'atasker';
import { MemoryHub, MemoryStore, type Claim, type Room, type TaskStore } from '@atasker/cluster';
import type { StorePlace } from '@atasker/cluster/testing';
import { makeSqlitePlace } from '../support/sqlite.ts';
import { endOf, SILENT } from '../support/stores.ts';

const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high', 'critical'];
const TYPES: readonly TaskType[] = ['thread', 'process', 'async'];
const DEFINITIONS = ['a', 'b', 'c'];
const STEPS = 300;
/** Time passes in steps so large that the real time of the file does not matter. */
const STRIDE_MS = 100_000;
const LEASE_MS = 1e9; // nothing runs out but by a death: this is about what programs do

/** Numbers that follow from a seed (mulberry32). */
function numbersOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** One kind of store, with three programs, of which the claims are known by id. */
class Side {
  readonly place: StorePlace;
  readonly claims = new Map<string, Claim>();
  #stores: TaskStore[] = [];

  constructor(place: StorePlace) {
    this.place = place;
  }

  async open(): Promise<void> {
    for (const me of ['p0', 'p1', 'p2']) await this.reopen(Number(me[1]));
  }

  async reopen(n: number): Promise<void> {
    const store = this.place.makeStore();
    await store.open({ me: `p${n}`, news: SILENT, leaseMs: LEASE_MS, maxLost: 2, keepResultsMs: 1e12 });
    this.#stores[n] = store;
  }

  store(n: number): TaskStore {
    return this.#stores[n]!;
  }

  /** All programs die, and start again when their leases are over. */
  async restart(): Promise<void> {
    for (const store of this.#stores) await this.place.kill(store);
    await this.place.advance(LEASE_MS + 1);
    await this.open();
  }

  async end(): Promise<void> {
    for (const store of this.#stores) await store.close();
    await this.place.remove();
  }
}

async function memorySide(): Promise<Side> {
  let now = 1000;
  const hub = new MemoryHub({ clock: { now: () => now, after: () => () => {} } });
  const place: StorePlace = {
    makeStore: () => new MemoryStore(hub),
    advance: async (ms) => void (now += ms),
    live: async () => {},
    kill: async (store) => (store as MemoryStore).kill(),
    remove: async () => {},
  };
  return new Side(place);
}

/** One deed, the same on both sides; what it returns must be the same too. */
type Deed = (side: Side) => Promise<unknown>;

function makeDeed(pick: (below: number) => number, step: number): Deed {
  const n = pick(3);
  const id = `${pick(80)}`;
  const priority = PRIORITIES[pick(4)]!;
  const payload = `payload ${step}`;
  const claim = ({ claims }: Side): Pick<Claim, 'id' | 'token'> => claims.get(id) ?? { id, token: 'none' };
  switch (pick(10)) {
    case 0:
    case 1:
    case 2: {
      const [tt, definition] = [TYPES[pick(3)]!, DEFINITIONS[pick(3)]!];
      const delayMs = pick(3) === 0 ? STRIDE_MS * (pick(4) + 0.5) + step * 50 : 0;
      const task = { id, definition, name: 'n', tt, priority, delayMs, payload };
      return (side) => side.store(n).add([{ ...task, origin: `p${n}` }]);
    }
    case 3:
    case 4: {
      const room: Room = Object.fromEntries(
        TYPES.map((tt) => [tt, Object.fromEntries(PRIORITIES.map((p) => [p, pick(4)]))]),
      );
      const [definitions, most] = [DEFINITIONS.slice(pick(3)), pick(8)];
      return async (side) => {
        const { claims } = await side.store(n).claim(room, definitions, most);
        for (const each of claims) side.claims.set(each.id, each);
        return claims.map(({ token: _, ...rest }) => rest);
      };
    }
    case 5:
    case 6:
      return (side) => side.store(n).settle([endOf(claim(side), { payload, startedAt: step, progress: payload })]);
    case 7:
      return (side) => side.store(n).release([claim(side)]);
    case 8:
      return pick(2) === 0
        ? (side) => side.store(n).cancel(id, payload)
        : (side) => side.store(n).setPriority(id, priority);
    default: {
      const ms = STRIDE_MS * pick(4);
      return pick(6) > 0 ? (side) => side.place.advance(ms) : (side) => side.restart();
    }
  }
}

describe('the SQLite store does what the in-memory store does', () => {
  for (let seed = 1; seed <= 3; seed++) {
    test(`${STEPS} random deeds of three programs, seed ${seed}`, { timeout: 60_000 }, async () => {
      const pick = numbersOf(seed);
      const [model, file] = [await memorySide(), new Side(await makeSqlitePlace())];
      try {
        await model.open();
        await file.open();
        for (let step = 0; step < STEPS; step++) {
          const deed = makeDeed(pick, step);
          assert.deepEqual(await deed(file), await deed(model), `step ${step}`);
        }
        const all = Array.from({ length: 80 }, (_, n) => `${n}`);
        assert.deepEqual(await file.store(0).find(all), await model.store(0).find(all));
        const { nodes: _, oldestMs: __, unknownNames: ___, ...counts } = await file.store(0).counts();
        const { nodes: _n, oldestMs: _o, unknownNames: _u, ...expected } = await model.store(0).counts();
        assert.deepEqual(counts, expected);
      } finally {
        await model.end();
        await file.end();
      }
    });
  }
});
