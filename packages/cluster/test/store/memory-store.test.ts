import { ManualClock } from 'atasker/testing';
import { MemoryHub, MemoryStore } from '@atasker/cluster';
import type { StorePlace } from '@atasker/cluster/testing';
import { testStoreContract } from '../support/contract.ts';

testStoreContract('in memory', {
  traits: ['suspend'],
  async makePlace(): Promise<StorePlace> {
    const clock = new ManualClock();
    let stores: MemoryStore[] = [];
    const hub = new MemoryHub({ clock });
    const known = (store: unknown): MemoryStore => stores.find((each) => each === store)!;
    return {
      makeStore() {
        const store = new MemoryStore(hub);
        stores.push(store);
        return store;
      },
      advance: async (ms) => clock.advance(ms),
      live: async (ms) => clock.advance(ms),
      kill: async (store) => known(store).kill(),
      suspend: (store) => known(store).cut(),
      resume: (store) => known(store).mend(),
      async remove() {
        stores = [];
      },
    };
  },
});
