import assert from 'node:assert/strict';
import { endOf, ids, LEASE_MS, PLENTY } from './program.ts';
import { rows } from './row.ts';

export const leaseRows = rows('leases', [
  {
    name: 'what a dead program had claimed is claimed again when the lease is over, not before, and in its place in line',
    async run(place) {
      const [a, dies, node] = [await place.open('a'), await place.open('dies'), await place.open('node')];
      await a.add({ id: '1' }, { id: '2' }, { id: '3' });
      const [first] = await dies.claim(PLENTY, ['f'], 1);
      await place.kill(dies);
      await place.advance(LEASE_MS - 10_000);
      assert.deepEqual(ids(await node.claim(PLENTY, ['f'], 1)), ['2']);
      await place.advance(10_001);
      const again = await node.claim(PLENTY, ['f'], 1);
      assert.deepEqual(ids(again), ['1']);
      assert.equal(again[0]!.attempt, 2);
      assert.notEqual(again[0]!.token, first!.token);
      assert.equal((await node.store.counts()).recovered, 1);
    },
  },
  {
    name: 'a program that lives keeps what it has claimed, however long it takes',
    async run(place) {
      const [a, node] = [await place.open('a', { leaseMs: 2400 }), await place.open('node')];
      await a.add({ id: '1' });
      const claim = await a.claimOne();
      await place.live(3600);
      assert.deepEqual(await node.claim(), []);
      assert.deepEqual(await a.settle(claim), []);
      assert.deepEqual(a.lost, []);
    },
  },
  {
    name: 'a claim that has run out is fenced once another program has claimed the task; the program is told so',
    needs: ['suspend'],
    async run(place) {
      const [a, b] = [await place.open('a'), await place.open('b')];
      await a.add({ id: '1' });
      const old = await a.claimOne();
      place.suspend(a);
      await place.advance(LEASE_MS + 1);
      const claim = await b.claimOne();
      place.resume(a);
      await a.until('it is told that its claim is lost', () => a.lost.length > 0);
      assert.deepEqual(a.lost[0], { id: '1', token: old.token });
      assert.deepEqual(await a.settle(old), ['1']);
      await a.store.release([old]);
      assert.equal((await b.store.find(['1']))[0]?.state, 'running');
      assert.deepEqual(await b.store.settle([endOf(claim, { payload: 'of b' })]), []);
      assert.equal((await a.ending('1')).payload, 'of b');
    },
  },
  {
    name: 'a program that comes back after its lease still holds what nobody has claimed, and does not get it again',
    needs: ['suspend'],
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' });
      const claim = await a.claimOne();
      place.suspend(a);
      await place.advance(LEASE_MS + 1);
      place.resume(a);
      assert.deepEqual(await a.claim(), []);
      assert.deepEqual(await a.settle(claim), []);
      assert.deepEqual(a.lost, []);
      assert.equal((await a.ending('1')).attempt, 1);
    },
  },
  {
    name: 'the end of a claim that has run out is taken if nobody has claimed the task since',
    async run(place) {
      const [a, b] = [await place.open('a'), await place.open('b')];
      await a.add({ id: '1' });
      const claim = await a.claimOne();
      await place.kill(b);
      await place.advance(LEASE_MS + 1);
      assert.deepEqual(await a.settle(claim), []);
      assert.equal((await a.ending('1')).end, 'completed');
    },
  },
  {
    name: 'a task fails when its claims have run out as often as the session says; the end names the programs',
    async run(place) {
      const a = await place.open('a', { maxLost: 3 });
      await a.add({ id: '1' }, { id: 'other', definition: 'g' });
      for (const me of ['x', 'y', 'z']) {
        const node = await place.open(me);
        await node.claimOne();
        await place.kill(node);
        await place.advance(LEASE_MS + 1);
      }
      assert.deepEqual(await a.claim(), []);
      const how = {
        end: 'failed',
        payload: '',
        startedAt: null,
        progress: null,
        attempt: 3,
        lostNodes: ['x', 'y', 'z'],
      };
      assert.deepEqual(await a.ending('1'), { id: '1', ...how });
      assert.deepEqual((await a.store.find(['1']))[0]?.ending, { id: '1', ...how });
    },
  },
  {
    name: 'released tasks come back to the head of their line, in their order; the run does not count, its token is void',
    async run(place) {
      const a = await place.open('a');
      await a.add(...['1', '2', '3', '4'].map((id) => ({ id })));
      const claims = await a.claim(PLENTY, ['f'], 3);
      await a.store.release([claims[2]!, claims[0]!]);
      assert.deepEqual(await a.settle(claims[0]!), ['1']);
      const again = await a.claim();
      assert.deepEqual(ids(again), ['1', '3', '4']);
      assert.ok(again.every(({ attempt }) => attempt === 1));
      await a.store.release([{ id: '1', token: 'other' }, claims[0]!]);
      assert.deepEqual(await a.claim(), []);
    },
  },
  {
    name: 'a program that closes its store hands back what it has claimed, at once, and the run counts',
    async run(place) {
      const [a, b] = [await place.open('a'), await place.open('b')];
      await b.claim();
      await b.add({ id: '1' }, { id: '2' });
      const [claim] = await a.claim(PLENTY, ['f'], 1);
      b.work = 0;
      await a.store.close();
      await b.until('work is told', () => b.work > 0);
      const again = await b.claim();
      assert.deepEqual(
        again.map(({ id, attempt }) => [id, attempt]),
        [
          ['1', 2],
          ['2', 1],
        ],
      );
      assert.deepEqual(await b.settle(claim!), ['1']);
      assert.equal((await b.store.counts()).recovered, 0);
    },
  },
  {
    name: 'every call of a closed store rejects with ERR_STORE_UNAVAILABLE; it may be closed twice',
    async run(place) {
      const a = await place.open('a');
      await a.store.close();
      await a.store.close();
      const { store } = a;
      const calls = [
        () => a.add({ id: '1' }),
        () => a.claim(),
        () => store.settle([endOf({ id: '1', token: '1' })]),
        () => store.release([]),
        () => store.cancel('1', ''),
        () => store.setPriority('1', 'low'),
        () => store.find(['1']),
        () => store.counts(),
      ];
      for (const call of calls) await assert.rejects(call(), { name: 'TaskError', code: 'ERR_STORE_UNAVAILABLE' });
      store.tell('a', []);
    },
  },
]);
