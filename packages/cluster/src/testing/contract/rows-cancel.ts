import assert from 'node:assert/strict';
import { canceledEnding, endOf, ids, LEASE_MS } from './program.ts';
import { rows } from './row.ts';

export const cancelRows = rows('cancel and priority', [
  {
    name: 'a task that is not claimed is removed, and ends with the payload of the cancel',
    async run(place) {
      const [a, b] = [await place.open('a'), await place.open('b')];
      await a.add({ id: '1' }, { id: '2' });
      assert.equal(await b.store.cancel('1', 'why'), 'removed');
      assert.deepEqual(await a.ending('1'), canceledEnding('1', 0));
      assert.deepEqual(ids(await b.claim()), ['2']);
    },
  },
  {
    name: 'the node of a claimed task is told; how the task ends is up to the node',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      await a.add({ id: '1' });
      const claim = await node.claimOne();
      assert.equal(await a.store.cancel('1', 'why\0'), 'asked');
      await node.until('the cancel is told', () => node.cancels.length > 0);
      assert.deepEqual(node.cancels[0], { id: '1', payload: 'why\0' });
      assert.equal((await a.store.find(['1']))[0]?.state, 'running');
      await node.settle(claim);
      assert.equal((await a.ending('1')).end, 'completed');
    },
  },
  {
    name: 'a task that has ended or is unknown is said to be so',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' });
      await a.settle(await a.claimOne());
      assert.equal(await a.store.cancel('1', ''), 'ended');
      assert.equal(await a.store.cancel('2', ''), 'unknown');
    },
  },
  {
    name: 'a cancel outlives the node: the task ends with its payload when the lease is over, and is not claimed again',
    async run(place) {
      const [a, dies] = [await place.open('a'), await place.open('dies')];
      await a.add({ id: '1' });
      await dies.claimOne();
      await place.kill(dies);
      assert.equal(await a.store.cancel('1', 'why'), 'asked');
      await place.advance(LEASE_MS + 1);
      assert.deepEqual(await a.claim(), []);
      assert.deepEqual(await a.ending('1'), canceledEnding('1', 1));
    },
  },
  {
    name: 'a task of which the claim has run out is removed at once',
    async run(place) {
      const [a, dies] = [await place.open('a'), await place.open('dies')];
      await a.add({ id: '1' });
      await dies.claimOne();
      await place.kill(dies);
      await place.advance(LEASE_MS + 1);
      assert.equal(await a.store.cancel('1', 'why'), 'removed');
      assert.equal((await a.ending('1')).payload, 'why');
    },
  },
  {
    name: 'a cancelled task that its node hands back ends, by release and by close',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      await a.add({ id: '1' }, { id: '2' });
      const claims = await node.claim();
      for (const { id } of claims) assert.equal(await a.store.cancel(id, `why ${id}`), 'asked');
      await node.store.release([claims[0]!]);
      assert.equal((await a.ending('1')).payload, 'why 1');
      assert.equal((await a.ending('1')).attempt, 0);
      await node.store.close();
      assert.equal((await a.ending('2')).payload, 'why 2');
      assert.deepEqual(await a.claim(), []);
    },
  },
  {
    name: 'another priority takes a task to the end of that line, also if it is the same priority',
    async run(place) {
      const a = await place.open('a');
      await a.add(
        { id: 'n1' },
        { id: 'n2' },
        { id: 'n3' },
        { id: 'h', priority: 'high' },
        { id: 'l', priority: 'low' },
      );
      assert.equal(await a.store.setPriority('l', 'high'), true);
      assert.equal(await a.store.setPriority('n1', 'normal'), true);
      assert.equal((await a.store.find(['l']))[0]?.priority, 'high');
      const claims = await a.claim();
      assert.deepEqual(ids(claims), ['h', 'l', 'n2', 'n3', 'n1']);
      assert.equal(claims[1]!.priority, 'high');
    },
  },
  {
    name: 'a task that is claimed, has ended or is unknown keeps its priority',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' });
      const claim = await a.claimOne();
      assert.equal(await a.store.setPriority('1', 'high'), false);
      await a.store.settle([endOf(claim)]);
      assert.equal(await a.store.setPriority('1', 'high'), false);
      assert.equal(await a.store.setPriority('2', 'high'), false);
      assert.equal((await a.store.find(['1']))[0]?.priority, 'normal');
    },
  },
]);
