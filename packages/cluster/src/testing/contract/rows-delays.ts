import assert from 'node:assert/strict';
import { ids } from './program.ts';
import { rows } from './row.ts';

export const delayRows = rows('delayed tasks', [
  {
    name: 'a delayed task is not claimed before its time, by the clock of the store, and then it is',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1', delayMs: 30_000 });
      await place.advance(20_000);
      assert.deepEqual(await a.claim(), []);
      assert.equal((await a.store.find(['1']))[0]?.state, 'delayed');
      await place.advance(10_001);
      assert.equal((await a.store.find(['1']))[0]?.state, 'queued');
      assert.deepEqual(ids(await a.claim()), ['1']);
    },
  },
  {
    name: 'a task joins the end of its line when its delay is over: after earlier ones, before later ones',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: 'delayed 2', delayMs: 20_000 }, { id: 'delayed 1', delayMs: 10_000 }, { id: 'before' });
      await place.advance(20_001);
      await a.add({ id: 'after' });
      assert.deepEqual(ids(await a.claim()), ['before', 'delayed 1', 'delayed 2', 'after']);
    },
  },
  {
    name: 'thousands of delays that end at once become tasks in the order in which they end',
    async run(place) {
      const a = await place.open('a');
      const tasks = Array.from({ length: 5000 }, (_, n) => ({ id: `${n}`, delayMs: 10_000 + ((n * 7919) % 5000) }));
      await a.add(...tasks);
      await place.advance(20_000);
      const inOrder = tasks.toSorted((x, y) => x.delayMs - y.delayMs);
      assert.deepEqual(ids(await a.claim()), ids(inOrder));
    },
  },
  {
    name: 'a delayed task takes another priority along',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: 'delayed', delayMs: 10_000, priority: 'low' }, { id: 'normal' });
      assert.equal(await a.store.setPriority('delayed', 'high'), true);
      assert.deepEqual(
        (await a.store.find(['delayed'])).map(({ state, priority }) => [state, priority]),
        [['delayed', 'high']],
      );
      await place.advance(10_001);
      const claims = await a.claim();
      assert.deepEqual(ids(claims), ['delayed', 'normal']);
      assert.equal(claims[0]!.priority, 'high');
    },
  },
  {
    name: 'a delayed task that is cancelled never becomes a task',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1', delayMs: 10_000 });
      assert.equal(await a.store.cancel('1', 'why'), 'removed');
      await place.advance(20_000);
      assert.deepEqual(await a.claim(), []);
      assert.equal((await a.ending('1')).payload, 'why');
    },
  },
]);
