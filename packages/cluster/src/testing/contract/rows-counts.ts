import assert from 'node:assert/strict';
import { FROM_THE_TOP, TASK_TYPES } from '../../store/priorities.ts';
import { LEASE_MS, PLENTY, room } from './program.ts';
import { rows } from './row.ts';

const NONE = { low: 0, normal: 0, high: 0, critical: 0 };

export const countRows = rows('counts', [
  {
    name: 'an empty store counts nothing',
    async run(place) {
      const a = await place.open('a');
      const queued = { thread: NONE, process: NONE, async: NONE };
      const nothing = { queued, running: 0, delayed: 0, oldestMs: null, recovered: 0, unknownNames: [], nodes: [] };
      assert.deepEqual(await a.store.counts(), nothing);
    },
  },
  {
    name: 'queued tasks are counted by type and priority, running and delayed ones in all',
    async run(place) {
      const a = await place.open('a');
      const kinds = TASK_TYPES.flatMap((tt, i) =>
        FROM_THE_TOP.map((priority, j) => ({ tt, priority, many: 10 * i + j + 2 })),
      );
      for (const { tt, priority, many } of kinds) {
        await a.add(...Array.from({ length: many }, (_, n) => ({ id: `${tt} ${priority} ${n}`, tt, priority })));
      }
      await a.add(...Array.from({ length: 7 }, (_, n) => ({ id: `d${n}`, delayMs: 1e9 })));
      const claims = await a.claim(room(['async'], 1));
      await a.settle(...claims);
      const more = await a.claim(room(['async'], 1));
      assert.equal(more.length, 1);
      const { queued, running, delayed } = await a.store.counts();
      const expected = { thread: { ...NONE }, process: { ...NONE }, async: { ...NONE } };
      for (const { tt, priority, many } of kinds) expected[tt][priority] = many;
      expected.async.critical -= 2;
      assert.deepEqual({ queued, running, delayed }, { queued: expected, running: 1, delayed: 7 });
    },
  },
  {
    name: 'the wait of the oldest queued task counts from when it could first be claimed',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: 'delayed', delayMs: 10_000 });
      await place.advance(5000);
      assert.equal((await a.store.counts()).oldestMs, null);
      await place.advance(15_000);
      const { oldestMs } = await a.store.counts();
      assert.ok(oldestMs !== null && oldestMs >= 10_000 && oldestMs < 14_000, `10 seconds, got ${oldestMs}`);
      await a.claim();
      assert.equal((await a.store.counts()).oldestMs, null);
    },
  },
  {
    name: 'nodes are the living programs that claim, and names are unknown that none of them has',
    async run(place) {
      const [a, b, c] = [await place.open('a'), await place.open('b'), await place.open('c')];
      await a.add(...['f', 'g', 'h', 'h'].map((definition, n) => ({ id: `${n}`, definition })));
      assert.deepEqual((await a.store.counts()).unknownNames.toSorted(), ['f', 'g', 'h']);
      await b.claim(room(['thread'], 0), ['f']);
      await c.claim(room(['thread'], 0), ['g', 'x']);
      const { nodes, unknownNames } = await a.store.counts();
      assert.deepEqual([nodes.toSorted(), unknownNames], [['b', 'c'], ['h']]);
      await c.claim(room(['thread'], 0), ['g', 'x', 'h']);
      assert.deepEqual((await a.store.counts()).unknownNames, []);
      await b.store.close();
      const after = await a.store.counts();
      assert.deepEqual([after.nodes, after.unknownNames], [['c'], ['f']]);
    },
  },
  {
    name: 'a node that has died is no node any more when its lease is over',
    async run(place) {
      const [a, dies] = [await place.open('a'), await place.open('dies')];
      await a.add({ id: '1' });
      await dies.claim(PLENTY, ['f', 'g']);
      await place.kill(dies);
      await place.advance(LEASE_MS + 1);
      const { nodes, unknownNames, running } = await a.store.counts();
      assert.deepEqual([nodes, unknownNames, running], [[], ['f'], 0]);
    },
  },
]);
